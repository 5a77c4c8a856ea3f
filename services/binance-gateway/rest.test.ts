import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@k2/service/clock.ts'
import { BINANCE } from './core/venue.ts'
import { restOf } from './rest.ts'
import { listingsOf } from './symbols.ts'

const NEVER = new AbortController().signal
const [FIRST, SECOND] = BINANCE.requests

/** A venue whose answers are those statuses, one after the other, and then 200. */
function restOver(...statuses: number[]) {
  const asked: string[] = []
  const clock = manualClock()
  const rest = restOf(
    BINANCE,
    async (host) => {
      asked.push(host)
      const status = statuses.shift() ?? 200
      return { status, bytes: Buffer.of(), usedWeight: undefined, retryAfterSeconds: undefined, why: `said ${status}` }
    },
    clock,
    () => {},
  )
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

test('a venue that does not say what it lists is told of after ten failures', async () => {
  const { rest, clock, asked } = restOver(...Array<number>(50).fill(0))
  const stop = new AbortController()
  let told = 0
  const ended = listingsOf(['BTCUSDT'], BINANCE, rest, clock, stop.signal, () => told++)
  await clock.advance(200_000)
  const before = asked.length
  assert.equal(told, Math.max(0, before - 9), `${before} requests`)
  await clock.advance(200_000)
  assert.ok(told > 0)
  assert.equal(told, asked.length - 9)
  stop.abort(new Error('enough'))
  await assert.rejects(ended, /enough/)
})
