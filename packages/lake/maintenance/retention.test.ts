import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Snapshot } from '../table.ts'
import { expirable } from './retention.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = 20_000 * DAY + 12 * HOUR

function history(...agesMs: number[]): Snapshot[] {
  return agesMs.map((ageMs, index) => ({
    id: BigInt(index),
    parentId: null,
    committedAtMs: NOW - ageMs,
    operation: 'append',
    summary: {},
  }))
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, agesMs: number[], dropped: bigint[]][] = [
  ['of the last hour all stay',                 [HOUR, HOUR - 1, 1, 0],                                [],],
  ['then the last of each minute',              [HOUR + 90_000, HOUR + 80_000, HOUR + 30_000, 0],      [0n]],
  ['of equal times the later one',              [2 * HOUR, 2 * HOUR, 0],                               [0n]],
  ['then the last of each day',                 [3 * DAY, 3 * DAY - HOUR, 2 * DAY, 0],                 [0n]],
  ['a day for ever',                            [9_000 * DAY, 8_999 * DAY, 0],                         []],
  ['the head stays however old, and of its day',[3 * DAY, 3 * DAY - 1],                                [0n]],
  ['the head stays where clocks ran backwards', [3 * DAY - 1, 3 * DAY],                                []],
  ['nothing of nothing',                        [],                                                    []],
]
for (const [name, agesMs, dropped] of rows)
  it(name, () => assert.deepEqual(expirable(history(...agesMs), NOW), dropped))

it('drops nothing that it kept for its minute before, whenever it looks', () => {
  const ages = Array.from({ length: 5_000 }, (_, i) => (5_000 - i) * 7_000)
  let kept = history(...ages)
  for (let nowMs = NOW; nowMs < NOW + 2 * DAY; nowMs += HOUR / 3) {
    const gone = new Set(expirable(kept, nowMs))
    kept = kept.filter(({ id }) => !gone.has(id))
  }
  const minutes = new Set(kept.map(({ committedAtMs }) => Math.floor(committedAtMs / DAY)))
  assert.equal(kept.length, minutes.size)
})
