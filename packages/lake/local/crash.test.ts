/** A writer killed (SIGKILL) at every named moment: the table is whole, and trying again gives exactly one copy. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { TRADES } from '@k2/contracts/tables.ts'
import { openTable } from '../iceberg/table.ts'
import { directoryStore } from '../store/directory.ts'
import { assertOnce, intent } from '../table.examples.ts'
import { localCatalog } from './catalog.ts'

const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)

const writer = `
import { TRADES } from ${JSON.stringify(import.meta.resolve('@k2/contracts/tables.ts'))}
import { openTable } from ${here('../iceberg/table.ts')}
import { localCatalog } from ${here('./catalog.ts')}
import { directoryStore } from ${here('../store/directory.ts')}
import { intent } from ${here('../table.examples.ts')}
const [warehouse, moment] = process.argv.slice(1)
const reached = (now) => { if (now === moment) process.kill(process.pid, 'SIGKILL') }
const catalog = localCatalog({ warehouse, now: Date.now })
const table = await openTable({ spec: TRADES, catalog, store: directoryStore(), now: Date.now, random: Math.random, reached })
await table.commit(intent(0, null, 10n))
`

// biome-ignore format: a table reads by its columns
const rows: [moment: string, after: 'committed' | 'already'][] = [
  ['lake.commit.decided',          'committed'],
  ['lake.commit.manifest-written', 'committed'],
  ['lake.commit.list-written',     'committed'],
  ['lake.commit.published',        'already'],
]

for (const [moment, after] of rows) {
  it(`killed at ${moment}, the next attempt is ${after}`, async (t) => {
    const warehouse = await mkdtemp(join(tmpdir(), 'k2-crash-'))
    t.after(() => rm(warehouse, { recursive: true, force: true }))
    const dead = spawnSync(process.execPath, ['--input-type=module', '--eval', writer, '--', warehouse, moment], {
      encoding: 'utf8',
    })
    assert.equal(dead.signal, 'SIGKILL', dead.stderr)
    const catalog = localCatalog({ warehouse, now: Date.now })
    const table = await openTable({
      spec: TRADES,
      catalog,
      store: directoryStore(),
      now: Date.now,
      random: Math.random,
    })
    await assertOnce(table, ...(after === 'already' ? [intent(0, null, 10n)] : []))
    assert.equal((await table.commit(intent(0, null, 10n))).kind, after)
    await assertOnce(table, intent(0, null, 10n))
  })
}
