import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock, realClock, steady } from './clock.ts'

// biome-ignore format: a table reads by its columns
const rows: [name: string, readings: [wallMs: number, timerMs: number][], micros: number[]][] = [
  ['follows the timer inside a millisecond',      [[100, 0], [100, 0.25], [100, 0.9]],  [100_000, 100_250, 100_900]],
  ['follows the wall when that is ahead',         [[100, 0], [105, 1]],                 [100_000, 105_000]],
  ['jumps forward with the wall',                 [[100, 0], [9_000, 1]],               [100_000, 9_000_000]],
  ['goes on at half pace when set back',          [[100, 0], [40, 10], [50, 20]],       [100_000, 105_000, 110_000]],
  ['walks with the wall once that has caught up', [[100, 0], [90, 10], [110, 30]],      [100_000, 105_000, 115_000]],
  ['stands when neither moves',                   [[100, 0], [100, 0]],                 [100_000, 100_000]],
]

for (const [name, readings, micros] of rows) {
  test(`the clock ${name}`, () => {
    let at = 0
    const [first] = readings
    const now = steady(
      () => (readings[at] ?? first)![0],
      () => (readings[at] ?? first)![1],
    )
    const seen = readings.map((_, i) => {
      at = i
      return now()
    })
    assert.deepEqual(seen, micros)
  })
}

test('the real clock never steps back and is near the wall clock', () => {
  let last = 0
  for (let i = 0; i < 10_000; i++) {
    const now = realClock.nowMicros()
    assert.ok(now >= last && Number.isInteger(now))
    last = now
  }
  assert.ok(Math.abs(realClock.nowMs() - Date.now()) < 1_000)
})

test('an aborted sleep rejects with the reason of its signal', async () => {
  for (const clock of [realClock, manualClock()]) {
    const stop = new AbortController()
    const slept = clock.sleep(60_000, stop.signal)
    stop.abort(new Error('enough'))
    await assert.rejects(slept, /enough/)
    await assert.rejects(clock.sleep(1, stop.signal), /enough/)
  }
})

test('a manual clock wakes each sleeper at its own time, also one that sleeps again', async () => {
  const clock = manualClock(1_000)
  const woken: [string, number][] = []
  const sleeper = async (name: string, ...naps: number[]) => {
    for (const ms of naps) {
      await clock.sleep(ms)
      woken.push([name, clock.nowMs()])
    }
  }
  const all = Promise.all([sleeper('late', 30), sleeper('twice', 10, 10)])
  assert.equal(clock.sleepers(), 2)
  await clock.advance(29)
  assert.deepEqual(woken, [
    ['twice', 1_010],
    ['twice', 1_020],
  ])
  await clock.advance(1)
  await all
  assert.deepEqual(woken.at(-1), ['late', 1_030])
})
