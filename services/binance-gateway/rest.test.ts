import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@k2/service/clock.ts'
import { guard } from '@k2/service/guard.ts'
import { BINANCE } from './core/venue.ts'
import { isUnanswered, restOf } from './rest.ts'
import { listingsOf } from './symbols.ts'

const NEVER = new AbortController().signal
const [FIRST, SECOND] = BINANCE.requests

/** A venue whose answers are those statuses, one after the other, and then 200. */
function restOver(...statuses: number[]) {
  const asked: string[] = []
  const clock = manualClock()
  const rest = restOf(BINANCE, {
    ask: async (host) => {
      asked.push(host)
      const status = statuses.shift() ?? 200
      return { status, bytes: Buffer.of(), usedWeight: undefined, retryAfterSeconds: undefined, why: `said ${status}` }
    },
    clock,
    guard: guard('binance', { clock, isFailure: isUnanswered }),
    failed: () => {},
  })
  return { rest, clock, asked }
}

// biome-ignore format: a table reads by its columns
const FAILURES: [status: number, next: string | undefined, isRefused: boolean][] = [
  [  0, SECOND, false],
  [503, SECOND, false],
  [403, SECOND, true],
  [451, SECOND, true],
  [400, FIRST,  true],
]

for (const [status, next, isRefused] of FAILURES) {
  test(`after an answer of ${status} ${next} is asked`, async () => {
    const { rest, asked } = restOver(status)
    const { bytes, refused } = await rest.ask('time', '/', NEVER)
    assert.deepEqual([bytes, refused !== undefined], [undefined, isRefused])
    assert.notEqual((await rest.ask('time', '/', NEVER)).bytes, undefined)
    assert.deepEqual(asked, [FIRST, next])
  })
}

test('after five requests without an answer nothing is asked for half a minute', async () => {
  const { rest, clock, asked } = restOver(...Array<number>(5).fill(0))
  for (let i = 0; i < 7; i++) assert.equal((await rest.ask('time', '/', NEVER)).bytes, undefined)
  assert.equal(asked.length, 5)
  assert.match(rest.trouble ?? '', /circuit of binance is OPEN/)
  await clock.advance(30_000)
  assert.notEqual((await rest.ask('time', '/', NEVER)).bytes, undefined)
  assert.equal(rest.trouble, undefined)
})

test('a venue that does not say what it lists is told of after ten failures', async () => {
  const { rest, clock, asked } = restOver(...Array<number>(50).fill(0))
  const stop = new AbortController()
  let told = 0
  const ended = listingsOf(['BTCUSDT'], BINANCE, rest, clock, stop.signal, () => told++)
  await clock.advance(200_000)
  assert.equal(told, 0)
  await clock.advance(200_000)
  // Those that an open circuit refuses are failures too.
  assert.ok(told > 0 && asked.length > 5, `${told} times told, ${asked.length} requests`)
  stop.abort(new Error('enough'))
  await assert.rejects(ended, /enough/)
})
