/** `k2 lake …` on a folder that npm start has filled, through the real binary. */
import assert from 'node:assert/strict'
import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeSample } from '@k2/embedded/sample.ts'
import { inFolder } from '../worlds/folder.ts'
import { k2 } from '../worlds/k2.ts'
import { runOnce } from '../worlds/once.ts'

const SMALL = { K2_LOADER_APPEND_ROWS: '100', K2_LOADER_LAG: '300', K2_SINK_COMMIT_ROWS: '300' }

/** The lake's commands ask no running K2. */
const NOBODY = '127.0.0.1:1'

test('tables are checked, compacted and expired by hand; what is damaged is said', { timeout: 120_000 }, () =>
  inFolder(async (folder) => {
    const data = join(folder, 'data')
    const files = await writeSample(join(folder, 'files'), 7)
    const { landed } = await runOnce(['--csv', ...files, '--data', data], SMALL)
    const lake = async (...words: string[]) => {
      const { code, out, err } = await k2(['lake', ...words, '--data', data, '--format', 'json'], NOBODY).ended
      return { code, err, rows: out === '' ? [] : (JSON.parse(out) as Record<string, unknown>[]) }
    }
    const trades = (rows: Record<string, unknown>[]) => rows.find(({ table }) => table === 'trades_v2')!

    const before = await lake('check')
    assert.deepEqual([before.code, trades(before.rows).faults, trades(before.rows).rows], [0, [], landed.trades_v2])
    const compacted = await lake('compact')
    assert.equal(compacted.code, 0, compacted.err)
    assert.ok(Number(trades(compacted.rows).files_before) > Number(trades(compacted.rows).files_after))
    const after = await lake('check', '--table', 'trades')
    assert.deepEqual(
      [after.code, after.rows.length, trades(after.rows).rows, trades(after.rows).files_now],
      [0, 1, landed.trades_v2, trades(compacted.rows).files_after],
    )
    assert.deepEqual(trades((await lake('expire')).rows), { table: 'trades_v2', snapshots: 0, files_deleted: 0 })
    assert.deepEqual(trades((await lake('orphans')).rows), { table: 'trades_v2', files: 0, bytes: 0 })
    const again = await runOnce(['--csv', ...files, '--data', data], SMALL)
    assert.deepEqual([again.sent, again.landed], [0, landed], 'a load goes on with what upkeep left')

    const kept = join(data, 'warehouse', 'market_data', 'trades_v2', 'data')
    const [file] = (await readdir(kept, { recursive: true })).filter((name) => name.endsWith('.parquet'))
    await truncate(join(kept, file!), 100)
    const damaged = await lake('check', '--table', 'trades')
    assert.equal(damaged.code, 1)
    assert.match(damaged.err, /\.parquet/)
    assert.match(damaged.err, /LAKE_DAMAGED/)
  }),
)

// biome-ignore format: a table reads by its columns
const WRONG: readonly [words: string[], code: number, says: RegExp][] = [
  [['lake'],                                    2, /k2 lake check, k2 lake compact/],
  [['lake', 'chek'],                            2, /k2 lake check/],
  [['lake', 'check', '--data', '/nowhere'],     1, /There is no table of K2 in \/nowhere/],
  [['lake', 'check', '--table', 'trade'],       2, /did you mean trades/],
  [['lake', 'orphans', '--older-than', '0'],    2, /whole number of 1 or more/],
]

for (const [words, code, says] of WRONG) {
  test(`k2 ${words.join(' ')} is told what to do`, async () => {
    const end = await k2(words, NOBODY).ended
    assert.equal(end.code, code)
    assert.match(end.err, says)
  })
}
