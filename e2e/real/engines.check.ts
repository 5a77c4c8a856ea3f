/**
 * K2's tables as other engines read them: PyIceberg, Iceberg's Java library and DuckDB's extension find every row, the
 * exact sums, and the same through a filter for each symbol and each day: a wrong bucket or bound shows only there. In a
 * folder by its metadata file, and through a REST catalog; small files, after compaction and expiry, and with a column
 * that came later. K2_PYTHON names a Python with readers/requirements.txt.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { QUOTES, REFERENCE_DATA, type TableSpec, TRADES } from '@k2/contracts/tables.ts'
import { expire, sweep } from '@k2/lake/maintenance/expire.ts'
import { type EngineName, startEngine } from '../worlds/real/engines.ts'
import { tallyWords } from '../worlds/real/records.ts'
import { type Kind, type Life, World } from '../worlds/real/running.ts'
import { s3Environment, startServer } from '../worlds/real/servers.ts'

const ENGINES: readonly EngineName[] = ['PyIceberg', 'Iceberg Java', "DuckDB's extension"]
const KINDS: readonly [Kind, TableSpec][] = [
  ['trades', TRADES],
  ['quotes', QUOTES],
  ['reference', REFERENCE_DATA],
]

const s3 = await startServer('s3', 'engines')
const postgres = await startServer('postgres', 'engines')
const onS3 = await startServer('catalog', 'engines', { POSTGRES: postgres.url, S3: s3.url })
const onFolder = await startServer('catalog', 'engines-folder')
after(async () => {
  for (const server of [onFolder, onS3, postgres, s3]) await server.stop()
})

const lakes: [name: string, env: Readonly<Record<string, string>>][] = [
  ['a folder', {}],
  ['REST on SQLite, in a folder', { ICEBERG_CATALOG_URI: onFolder.url }],
  ['REST on PostgreSQL, in S3', { ICEBERG_CATALOG_URI: onS3.url, ...s3Environment(s3.url) }],
]

for (const [name, env] of lakes) {
  test(`${name}: every engine finds every row, exactly, through every filter`, { timeout: 400_000 }, async (t) => {
    const world = await World.open(env)
    const engines = new Map(ENGINES.map((engine) => [engine, startEngine(engine, world.warehouse, env)]))
    t.after(async () => {
      for (const engine of engines.values()) engine.close()
      await world.close()
    })
    async function compare(stage: string): Promise<void> {
      for (const [kind, { name: table }] of KINDS)
        await Promise.all(
          [...engines].map(async ([engine, { ask }]) => {
            assert.deepEqual(await ask(...tallyWords(kind, table)), world.tally(kind), `${engine}, ${table}, ${stage}`)
          }),
        )
      t.diagnostic(`${stage}: ${KINDS.map(([kind]) => `${world.sent[kind].length} ${kind}`).join(', ')}`)
    }
    const life = await world.live()
    for (const [kind] of KINDS) for (let commits = 0; commits < 3; commits++) await land(life, kind)
    await compare('small files')
    for (const [, spec] of KINDS) assert.ok((await world.compact(spec)).filesBefore > 0, `${spec.name} was compacted`)
    await compare('compacted')
    await expired(world)
    await compare('expired')
    for (const [, spec] of KINDS) await world.table(grown(spec))
    for (const [kind] of KINDS) await land(life, kind)
    await compare('with a new column')
    await life.stop()
  })
}

const land = (life: Life, kind: Kind) => life.land(kind, 5)

/** As a later K2 has it: a column more, which old rows don't have. */
function grown(spec: TableSpec): TableSpec {
  const id = Math.max(...spec.columns.map((column) => column.id)) + 1
  const column = {
    id,
    name: 'venue_note',
    type: 'string',
    required: false,
    doc: 'A column of a later version',
  } as const
  return { ...spec, columns: [...spec.columns, column] }
}

/** All but the newest snapshot, and at once the files that only they named. */
async function expired(world: World): Promise<void> {
  for (const [, spec] of KINDS) {
    const table = await world.table(spec)
    const ports = { ...world.lake, table, uuid: randomUUID, now: () => Date.now() + 7 * 86_400_000 }
    assert.ok((await expire(ports)) > 0, `${spec.name} had snapshots to drop`)
    assert.ok((await sweep(ports, 0)) > 0, `${spec.name} had files to delete`)
    assert.equal((await table.snapshots()).length, 1)
  }
}
