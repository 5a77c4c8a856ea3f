import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { TableFile } from '../table.ts'
import { COMPACTION, type CompactionLimits, chooseGroups } from './choose.ts'

const KB = 2 ** 10
const MB = 2 ** 20
let names = 0
const files = (count: number, sizeBytes: number, other: Partial<TableFile> = {}): TableFile[] =>
  Array.from({ length: count }, () => ({ path: `/${names++}`, sizeBytes, rows: 1, day: 1, bucket: 0, ...other }))
const all: CompactionLimits = { ...COMPACTION, tierFiles: 2 }

// biome-ignore format: a table reads by its columns
const rows: [name: string, files: TableFile[], limits: CompactionLimits, groups: number[]][] = [
  ['nothing of nothing',                       [],                                                      COMPACTION, []],
  ['seven small files wait for the eighth',    files(7, 4 * KB),                                        COMPACTION, []],
  ['eight become one',                         files(8, 4 * KB),                                        COMPACTION, [8]],
  ['a larger one among them stays',            [...files(8, 4 * KB), ...files(1, 5 * MB)],              COMPACTION, [8]],
  ['smaller ones go along with a full tier',   [...files(8, 100 * KB), ...files(3, 1 * KB)],            COMPACTION, [11]],
  ['days and buckets never mix',               [...files(7, KB), ...files(7, KB, { day: 2 }), ...files(7, KB, { bucket: 1 })], COMPACTION, []],
  ['the fullest first',                        [...files(8, KB), ...files(9, KB, { day: null })],       COMPACTION, [9, 8]],
  ['files of half the target are done',        files(9, 64 * MB),                                       COMPACTION, []],
  ['no file beyond the target',                files(9, 60 * MB),                                       COMPACTION, [2, 2, 2, 2]],
  ['so many at once and no more',              files(25, KB),                                           { ...COMPACTION, groupFilesMax: 10 }, [10, 10, 5]],
  ['a last one alone is left',                 files(21, KB),                                           { ...COMPACTION, groupFilesMax: 10 }, [10, 10]],
  ["another spec's files are let be",          files(9, KB, { bucket: undefined }),                     COMPACTION, []],
  ['by hand, whatever there is',               [...files(1, KB), ...files(1, 5 * MB)],                  all,        [2]],
  ['by hand, one alone is done',               files(1, KB),                                            all,        []],
]

for (const [name, some, limits, groups] of rows) {
  it(name, () => {
    const chosen = chooseGroups(some, limits)
    assert.deepEqual(
      chosen.map((group) => group.files.length),
      groups,
    )
    const paths = chosen.flatMap((group) => group.files.map(({ path }) => path))
    assert.equal(new Set(paths).size, paths.length, 'no file twice')
  })
}

it('keeps a partition at few files through an hour of commits, and writes a row few times', () => {
  let there: TableFile[] = []
  let rewritten = 0
  let most = 0
  for (let second = 1; second <= 3_600; second++) {
    there.push(...files(1, 6 * KB))
    if (second % 60 !== 0) continue
    for (const group of chooseGroups(there)) {
      const sizeBytes = group.files.reduce((sum, file) => sum + file.sizeBytes, 0)
      rewritten += sizeBytes
      there = [...there.filter((file) => !group.files.includes(file)), ...files(1, sizeBytes)]
    }
    most = Math.max(most, there.length)
  }
  assert.ok(most < 20, `${most} files after a pass`)
  assert.ok(rewritten / (3_600 * 6 * KB) < 5, `each byte written ${rewritten / (3_600 * 6 * KB)} times`)
})
