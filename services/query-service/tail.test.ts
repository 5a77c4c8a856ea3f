import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@k2/service/clock.ts'
import { FirstAnswers } from './firsts.ts'
import { Tail, type TailPorts } from './tail.ts'

const TOPICS = ['market.equities.trades.asx', 'market.crypto.trades.binance'] as const

/** A tail that has read nothing of a log in which each topic holds five records. */
async function unread() {
  const clock = manualClock()
  const head = { progress: { offsets: new Map() } }
  const ends = (to: bigint) => TOPICS.map((topic) => ({ topic, partition: 0, from: 0n, to }))
  let to = 0n
  const ports = { clock, table: { head: async () => head }, log: { ranges: async () => ends(to) } }
  const rest = { worker: { call: async () => {} }, told: () => {}, firsts: new FirstAnswers() }
  const topics = TOPICS.map((name) => ({ name })) as never
  const tail = new Tail({ ...ports, ...rest } as unknown as TailPorts, {
    kind: 'trades',
    topics,
    rowsMax: 9,
    lookMs: 1,
  })
  await tail.start()
  to = 5n
  return { tail, clock }
}

for (const [what, filter] of [
  ['any venue', {}],
  ['one venue', { exchanges: ['ASX'] }],
] as const) {
  test(`a tail that does not come to where the log of ${what} ends is waited for, a second, and told of`, async () => {
    const { tail, clock } = await unread()
    const caughtUp = tail.caughtUp(filter, new AbortController().signal)
    while (clock.sleepers() === 0) await new Promise(setImmediate)
    await clock.advance(1_000)
    const isCaughtUp = await caughtUp
    const { tail: state, release } = tail.view(isCaughtUp)
    release()
    assert.deepEqual([isCaughtUp, state.behind, state.limited, state.unreadable], [false, true, false, false])
  })
}

test('what another venue has is not waited for', async () => {
  const { tail } = await unread()
  assert.equal(await tail.caughtUp({ exchanges: ['BINANCEUS'] }, new AbortController().signal), true)
  assert.equal(tail.view(true).tail.behind, false)
})
