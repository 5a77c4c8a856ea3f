import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@k2/service/clock.ts'
import { paced } from './paced.ts'

const START_MS = 1_000
const never = new AbortController().signal

/** When each batch of one record is sent, and the heartbeats before it. */
async function sent(times: readonly number[], speed: number | undefined, heartbeatMs: number) {
  const clock = manualClock(START_MS)
  const waiting = paced(clock, speed, heartbeatMs, never)
  const told: string[] = []
  const replaying = (async () => {
    for (const micros of times) {
      for await (const _ of waiting({ firstMicros: micros, lastMicros: micros })) told.push(`beat ${clock.nowMs()}`)
      told.push(`sent ${clock.nowMs()}`)
    }
  })()
  await clock.advance(60_000)
  await replaying
  return told
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, seconds: number[], speed: number | undefined, heartbeatMs: number, told: string[]][] = [
  ['as fast as may be',          [0, 10, 1000],  undefined, 5_000, ['sent 1000', 'sent 1000', 'sent 1000']],
  ['as far apart as they were',  [100, 101, 103], 1,        5_000, ['sent 1000', 'sent 2000', 'sent 4000']],
  ['ten times faster',           [100, 110, 130], 10,       5_000, ['sent 1000', 'sent 2000', 'sent 4000']],
  ['at half the speed',          [100, 101],      0.5,      5_000, ['sent 1000', 'sent 3000']],
  ['a long silence is told',     [0, 12],         1,        5_000, ['sent 1000', 'beat 6000', 'beat 11000', 'sent 13000']],
  ['all of one moment',          [7, 7, 7],       1,        5_000, ['sent 1000', 'sent 1000', 'sent 1000']],
]
for (const [name, seconds, speed, heartbeatMs, told] of rows) {
  test(`a replay: ${name}`, async () => {
    const times = seconds.map((second) => second * 1_000_000)
    assert.deepEqual(await sent(times, speed, heartbeatMs), told)
  })
}

test('what was late is sent at once, and the pace stays', async () => {
  const clock = manualClock(START_MS)
  const waiting = paced(clock, 1, 60_000, never)
  const wait = async (seconds: number) => {
    for await (const _ of waiting({ firstMicros: seconds * 1e6, lastMicros: seconds * 1e6 })) assert.fail('no silence')
    return clock.nowMs()
  }
  assert.equal(await wait(0), START_MS)
  // The client took nothing for ten seconds.
  await clock.advance(10_000)
  assert.equal(await wait(4), 11_000)
  const last = wait(12)
  await clock.advance(5_000)
  assert.equal(await last, 13_000)
})

test('it ends as soon as it is told to', async () => {
  const over = new AbortController()
  const waiting = paced(manualClock(), 1, 60_000, over.signal)
  for await (const _ of waiting({ firstMicros: 0, lastMicros: 0 })) assert.fail('the first is due at once')
  const next = waiting({ firstMicros: 9e9, lastMicros: 9e9 }).next()
  over.abort(new Error('enough'))
  await assert.rejects(next, /enough/)
})
