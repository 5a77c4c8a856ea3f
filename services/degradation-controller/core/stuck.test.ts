import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Low, lowOf, stuckAlert } from './stuck.ts'

const STUCK_MS = 600

// Lag each 100 ms, from 1,000 on; whether it is told at the end.
// biome-ignore format: a table reads by its columns
const rows: [name: string, lags: number[], told: boolean][] = [
  ['no lag to speak of',               [999, 999, 999, 999, 999, 999, 999, 999],          false],
  ['it stays',                         [5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000], true],
  ['not yet for long enough',          [5_000, 5_000, 5_000, 5_000, 5_000, 5_000],        false],
  ['it grows',                         [1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000], true],
  ['it falls, if slowly',              [5_000, 4_900, 4_800, 4_700, 4_600, 4_500, 4_400], false],
  ['it trembles',                      [5_000, 4_999, 4_998, 4_997, 4_996, 4_995, 4_994], true],
  ['it fell once on the way',          [5_000, 5_000, 5_000, 4_000, 5_000, 5_000, 5_000], false],
  ['it was gone in between',           [5_000, 5_000, 5_000, 10, 5_000, 5_000, 5_000],    false],
]
for (const [name, lags, told] of rows) {
  test(name, () => {
    let low: Low | undefined
    for (const [i, lag] of lags.entries()) low = lowOf(low, lag, 1_000, i * 100)
    const alert = stuckAlert(low, 'k2.iceberg-sink.trades_v2', STUCK_MS, (lags.length - 1) * 100)
    assert.equal(alert !== undefined, told)
    if (told) assert.match(alert!, /^the lag of k2\.iceberg-sink\.trades_v2 has not fallen since 1970-01-01T00:00:00/)
  })
}
