import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realClock } from '@k2/service/clock.ts'
import { Pace } from './pace.ts'

const never = new AbortController().signal

// biome-ignore format: a table reads by its columns
const rows: [name: string, rowsPerSecondMax: number | undefined, loads: [rows: number, worksMs: number][], waitsMs: number[]][] = [
  ['without a limit nobody waits',                      undefined, [[500, 10], [500, 10]],           [0, 0]],
  ['one waits for those before it, not for itself',     100,       [[50, 0], [20, 0], [10, 0]],      [0, 500, 200]],
  ['work on them is part of their time',                100,       [[50, 400], [20, 300], [10, 0]],  [0, 100, 0]],
  ['time that nobody used is gone',                     100,       [[50, 9_000], [50, 0], [50, 0]],  [0, 0, 500]],
]
for (const [name, rowsPerSecondMax, loads, waitsMs] of rows) {
  test(name, async () => {
    let nowMs = 1_000
    const slept: number[] = []
    const sleep = async (ms: number) => {
      slept.push(ms)
      nowMs += ms
    }
    const pace = new Pace({ ...realClock, nowMs: () => nowMs, sleep }, rowsPerSecondMax)
    for (const [count, worksMs] of loads) {
      const beganMs = nowMs
      await pace.take([{ count }], never)
      slept.push(nowMs - beganMs)
      nowMs += worksMs
    }
    const waited = slept.filter((_, i) => rowsPerSecondMax === undefined || i % 2 === 1)
    assert.deepEqual(waited, waitsMs)
  })
}
