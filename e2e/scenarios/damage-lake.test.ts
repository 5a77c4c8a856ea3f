/**
 * Every file of a table's last commit, cut at every byte, emptied, zeroed, with flipped bits, or gone: the same rows come
 * out, or a sentence names the file and what to do. Never fewer rows, and no commit on top of what cannot be read.
 *
 *   K2_DAMAGE=all  opens the table for every byte of every file; else for both ends and a sample (a minute)
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { type Engine, openEngine } from '@k2/lake/duckdb/engine.ts'
import { scanSql } from '@k2/lake/duckdb/read.ts'
import { WholeFiles } from '@k2/lake/duckdb/whole.ts'
import { readManifest } from '@k2/lake/iceberg/manifest.ts'
import { readManifestList } from '@k2/lake/iceberg/manifest-list.ts'
import { parseMetadata } from '@k2/lake/iceberg/metadata-json.ts'
import type { Intent } from '@k2/lake/table.ts'
import { seeded } from '@k2/log/random.ts'
import { TOPIC } from '../oracle/log.ts'
import { tradesOf, withLog } from '../worlds/folder.ts'
import { startLane } from '../worlds/lanes.ts'
import { appendTrades, tradeMaker } from '../worlds/trades.ts'

const EVERY = process.env.K2_DAMAGE === 'all'
const COMMITS = 3
const ROWS = 12
const FLIPS = 150
const ENDS = 64
const LONG_MS = 60_000

const data = mkdtempSync(join(tmpdir(), 'k2-damage-'))
const folder = join(data, 'warehouse/market_data/trades_v2')
const metadata = (name: string) => join(folder, 'metadata', name)
/** The last commit's files. */
let files: Record<'metadata' | 'list' | 'manifest' | 'data', string>
let rows: readonly string[]

before(async () => {
  await withLog(data, async (log, registry) => {
    await log.createTopics(TOPICS)
    const make = await tradeMaker(registry)
    const lane = await startLane(
      data,
      'one',
      { rows: 10_000, rowsMax: 10_000, bytes: 2 ** 20, ageMs: 60_000 },
      { log, registry },
    )
    for (let commit = 0; commit < COMMITS; commit++) {
      await appendTrades(log, make, ['KTA'], 1 + commit * ROWS, 1 + (commit + 1) * ROWS)
      await lane.lane.drain(AbortSignal.timeout(LONG_MS))
    }
    await lane.stop()
  })
  const snapshot = (await (await tradesOf(data)).snapshots()).at(-1)!
  const list = readdirSync(join(folder, 'metadata')).find((name) => name.startsWith(`snap-${snapshot.id}`))!
  const [manifest] = readManifestList(readFileSync(metadata(list)), list)
  const [entry] = readManifest(readFileSync(manifest!.path), manifest!.path)
  const version = metadata(`v${readFileSync(metadata('version-hint.text'), 'utf8')}.metadata.json`)
  files = { metadata: version, list: metadata(list), manifest: manifest!.path, data: entry!.path }
  rows = await scanned()
  assert.equal(rows.length, COMMITS * ROWS)
})

after(() => rmSync(data, { recursive: true }))

/** What DuckDB reads of the files that a table just opened plans; an engine of its own, which has checked none yet. */
async function scanned(): Promise<string[]> {
  const { head, files: planned } = await (await tradesOf(data)).plan({})
  assert.notEqual(head.snapshotId, null)
  const paths = planned.map(({ path }) => path)
  const engine: Engine = await openEngine({ memoryMb: 128, threads: 1, tempFolder: join(data, 'tmp') })
  try {
    const sql = `SELECT f::VARCHAR AS line FROM ${scanSql(TRADES, paths)} f ORDER BY kafka_offset`
    const line = (await engine.query(sql, [], { files: paths })).columns.get('line')
    assert.ok(line?.kind === 'text')
    return line.values as string[]
  } finally {
    await engine.close()
  }
}

/** The plan, and the check that every reader makes of what it names: without DuckDB, for thousands of cases. */
async function planned(): Promise<string> {
  const { head, files: named } = await (await tradesOf(data)).plan({})
  const paths = named.map(({ path }) => path)
  await new WholeFiles().check(paths, () => {})
  return `${head.snapshotId} ${paths.join(' ')}`
}

/** undefined: the same as `whole`; else the refusal, which must say what to do. */
async function refusal<T>(read: () => Promise<T>, whole: T): Promise<K2Error | undefined> {
  try {
    assert.deepEqual(await read(), whole)
    return undefined
  } catch (error) {
    if (!(error instanceof K2Error)) throw error
    assert.equal(error.code, 'LAKE_DAMAGED', error.message)
    assert.match(error.message, /Restore it from a copy; or, .* K2 lands the table anew\.$/)
    return error
  }
}

/** Lays each of the damages in place of the file, and puts it back. */
async function each(path: string, damages: Iterable<Buffer | null>, look: (damage: Buffer | null) => Promise<void>) {
  const whole = readFileSync(path)
  try {
    for (const damage of damages) {
      if (damage === null) rmSync(path)
      else writeFileSync(path, damage)
      await look(damage)
    }
  } finally {
    writeFileSync(path, whole)
  }
}

function* cutAnywhere(whole: Buffer) {
  const random = seeded()
  for (let length = 0; length < whole.length; length++) {
    const isEnd = length < ENDS || length >= whole.length - ENDS
    if (EVERY || isEnd || random.below(whole.length) < 2 * ENDS) yield whole.subarray(0, length)
  }
}

function* flipped(whole: Buffer) {
  const random = seeded()
  for (let i = 0; i < FLIPS; i++) {
    const bytes = Buffer.from(whole)
    for (let times = random.below(3); times >= 0; times--) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
    yield bytes
  }
}

/** One of each kind, for what takes longer to try. */
function kinds(whole: Buffer): (Buffer | null)[] {
  const middle = Buffer.from(whole)
  middle[whole.length >> 1]! ^= 4
  return [
    null,
    Buffer.alloc(0),
    whole.subarray(0, whole.length >> 1),
    Buffer.alloc(whole.length),
    middle,
    Buffer.concat([whole, whole]),
  ]
}

const NAMES = ['metadata', 'list', 'manifest', 'data'] as const

for (const name of NAMES) {
  describe(`the last commit's ${name} file`, () => {
    const count = async (t: TestContext, damagesOf: (whole: Buffer) => Iterable<Buffer | null>) => {
      const whole = await planned()
      const counts = { refused: 0, same: 0 }
      await each(files[name], damagesOf(readFileSync(files[name])), async () => {
        const error = await refusal(planned, whole)
        if (error === undefined) counts.same++
        else counts.refused++
        if (error !== undefined) assert.ok(error.message.includes(basename(files[name])), error.message)
      })
      t.diagnostic(JSON.stringify(counts))
      return counts
    }

    it('cut at any byte is refused by its name', async (t) => {
      assert.equal((await count(t, cutAnywhere)).same, 0)
    })

    it('with flipped bits is refused by its name, or read as it was', async (t) => {
      assert.ok((await count(t, flipped)).refused > FLIPS / 2)
    })

    it('spoilt in any way gives no row, and takes no commit that loses one', async () => {
      const whole = readFileSync(files[name])
      for (const damage of kinds(whole)) {
        const before = readdirSync(join(folder, 'metadata'))
        let committed: string | undefined
        await each(files[name], [damage], async () => {
          assert.ok(await refusal(scanned, []), 'it is refused')
          committed = await commit()
        })
        assert.deepEqual(await scanned(), rows, 'once it is back, all rows are')
        if (name === 'metadata' || name === 'list') assert.equal(committed, 'LAKE_DAMAGED')
        for (const made of readdirSync(join(folder, 'metadata'))) if (!before.includes(made)) rmSync(metadata(made))
        writeFileSync(metadata('version-hint.text'), basename(files.metadata).replaceAll(/\D/g, ''))
      }
    })
  })
}

/** A commit by a table just opened, of an offset and no file. */
async function commit(): Promise<string> {
  const advances = [{ topic: TOPIC, partition: 29, expected: null, to: 5n }]
  const next: Intent = { commitId: 'next', files: [], advances, holesRead: [], holesAdded: [], holesStruck: [] }
  try {
    return (await (await tradesOf(data)).commit(next)).kind
  } catch (error) {
    if (error instanceof K2Error) return error.code
    throw error
  }
}

// biome-ignore format: a table reads by its columns
const readers: [name: (typeof NAMES)[number], read: (bytes: Buffer) => unknown][] = [
  ['metadata', (bytes) => parseMetadata(bytes.toString(), 'it')],
  ['list',     (bytes) => readManifestList(bytes, 'it')],
  ['manifest', (bytes) => readManifest(bytes, 'it')],
]
for (const [name, read] of readers) {
  it(`the ${name} file is refused for what it holds, wherever it is cut`, () => {
    const whole = readFileSync(files[name])
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => read(whole.subarray(0, length)), { code: 'LAKE_DAMAGED' }, `${length} bytes`)
    }
    read(whole)
  })
}

it('what a crash leaves beside the newest version is nothing', async () => {
  const left = [metadata('.0123456789abcdef.tmp'), metadata('v99.metadata.json.tmp'), metadata('snap-1-half.avro')]
  for (const path of left) writeFileSync(path, '{"half":')
  assert.deepEqual(await scanned(), rows)
  for (const path of left) rmSync(path)
})

it('a newest version that is gone is missed, and no older one is read in its place', async () => {
  const whole = readFileSync(files.metadata)
  rmSync(files.metadata)
  const error = await refusal(scanned, [])
  assert.match(error?.message ?? '', /The table's version \d+ is gone: version-hint\.text names it/)
  writeFileSync(files.metadata, whole)
  assert.deepEqual(await scanned(), rows)
})
