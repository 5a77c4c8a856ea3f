/** A log and a table in a folder, trades and what is none in the log, and all of it landed as the sink would. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { numberedTrade } from '@k2/contracts/records/trade.fixture.ts'
import { PARTITIONS_PER_COMMIT_MAX, TRADES } from '@k2/contracts/tables.ts'
import { deadLetterTopic, TOPICS } from '@k2/contracts/topics.ts'
import type { Catalog } from '@k2/lake/catalog.ts'
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { type DataFile, type Hole, type Progress, type Table, topicPartition } from '@k2/lake/table.ts'
import { type EmbeddedLog, openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { realClock } from '@k2/service/clock.ts'
import { ownBatch } from './batch.ts'
import type { ReplayPorts } from './replay.ts'
import { type RejectedRecord, type StageBatch, stage } from './stage.ts'

export const TOPIC = 'market.equities.trades.asx'
/** Of the registry: the first is that of every good trade. */
export const LATER_SCHEMA = 2

const DAY_MICROS = 86_400_000_000

/** A trade as it stands in the log; each `number` makes another. */
export function tradeOf(number: number, { schemaId = 1, day = 0 } = {}): Buffer {
  const trade = numberedTrade('KTA', number)
  const timestampMicros = trade.timestampMicros + day * DAY_MICROS
  const value = encodeRecord('trades', { ...trade, timestampMicros }, FRAME_BYTES)
  writeFrame(value, 0, schemaId)
  return value
}

export class World {
  readonly folder: string
  readonly log: EmbeddedLog
  readonly registry: SchemaRegistry
  readonly store = directoryStore()
  readonly #catalog: Catalog
  #table: Table | undefined
  #staging = 0

  private constructor(folder: string) {
    this.folder = folder
    this.log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
    this.registry = this.log.registry(incompatibility)
    this.#catalog = localCatalog({ warehouse: join(folder, 'warehouse'), now: Date.now })
  }

  static async open(): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'k2-landing-')))
    await world.log.createTopics(TOPICS)
    await world.registry.register(`${TOPIC}-value`, SCHEMAS.trades)
    world.#table = await world.tableOf()
    return world
  }

  get table(): Table {
    return this.#table!
  }

  /** Each is a writer of its own. */
  tableOf(): Promise<Table> {
    return openTable({
      spec: TRADES,
      catalog: this.#catalog,
      store: this.store,
      now: Date.now,
      random: Math.random,
    })
  }

  /** From then on the registry has it. */
  async learn(): Promise<void> {
    await this.registry.register('later-value', JSON.stringify({ ...JSON.parse(SCHEMAS.trades), doc: 'A later one.' }))
  }

  async append(values: readonly (Uint8Array | null)[], partition = 0): Promise<void> {
    await this.log.append(
      TOPIC,
      values.map((value) => ({ key: 'KTA', value, partition })),
    )
  }

  /** What the log holds beyond the table: good ones as rows, the others as holes with letters. */
  async land(): Promise<void> {
    const { progress } = await this.table.head()
    const batches = await this.#ahead(progress)
    const limits = { pairs: PARTITIONS_PER_COMMIT_MAX, bucketOf }
    const { columns, to, last, rejected } = stage(TRADES, batches, await schemasOf(this.registry, batches), limits)
    for (const record of rejected) {
      const letter = { origin: 'log', ...record } as const
      await this.log.append(deadLetterTopic(TOPIC), [{ key: letterKey(letter), value: encodeLetter(letter) }])
    }
    const advances = [...to].map(([name, next]) => {
      const partition = Number(name.slice(name.lastIndexOf('/') + 1))
      const record = last.get(name)
      const expected = progress.offsets.get(name) ?? null
      return { topic: TOPIC, partition, expected, to: next, ...(record && { last: record }) }
    })
    const outcome = await this.table.commit({
      commitId: randomUUID(),
      files: await this.#published(columns),
      advances,
      holesRead: progress.holes,
      holesAdded: rejected.map(holeOf),
      holesStruck: [],
    })
    if (outcome.kind !== 'committed') throw new Error(`the commit was ${outcome.kind}`)
  }

  async #ahead({ offsets }: Progress): Promise<StageBatch[]> {
    const batches: StageBatch[] = []
    for (const range of await this.log.ranges([TOPIC])) {
      const from = offsets.get(topicPartition(TOPIC, range.partition)) ?? range.from
      for await (const batch of this.log.readRange({ ...range, from })) batches.push(ownBatch(batch))
    }
    return batches
  }

  async #published(columns: Parameters<typeof writeDataFiles>[1]): Promise<DataFile[]> {
    const folder = this.#stagingFolder()
    const files = writeDataFiles(TRADES, columns, { folder, name: randomUUID(), bucketOf })
    const published = files.map((file) => ({ ...file, path: `${this.table.location}/data/${file.path}` }))
    for (const [i, { path }] of published.entries()) await this.store.publish(join(folder, files[i]!.path), path)
    return published
  }

  #stagingFolder(): string {
    return join(this.folder, 'staging', String(this.#staging++))
  }

  ports(other: Partial<ReplayPorts> = {}): ReplayPorts {
    const { log, registry, table, store } = this
    const made = { clock: realClock, random: Math.random, uuid: randomUUID, stagingFolder: this.#stagingFolder() }
    return { log, registry, table, store, ...made, tell: () => {}, reached: () => {}, ...other }
  }

  /** `partition/offset trade-id` of each row of the newest snapshot. */
  async rows(): Promise<string[]> {
    const { files } = await this.table.plan({})
    if (files.length === 0) return []
    const engine = await openEngine({ memoryMb: 256, threads: 1, tempFolder: join(this.folder, 'tmp') })
    try {
      const paths = files.map(({ path }) => `'${path}'`).join(', ')
      const { columns } = await engine.query(
        `SELECT kafka_partition || '/' || kafka_offset || ' ' || trade_id AS row FROM read_parquet([${paths}])
         WHERE kafka_offset = platform_sequence ORDER BY kafka_partition, kafka_offset`,
      )
      const column = columns.get('row')
      return column?.kind === 'text' ? column.values.map(String) : []
    } finally {
      await engine.close()
    }
  }

  async holes(): Promise<string[]> {
    const { progress } = await this.table.head()
    return progress.holes.map(({ partition, from, to }) => `${partition}/${from}-${to}`)
  }

  /** Data files in the store, named or not. */
  async filesStored(): Promise<number> {
    const paths = await readdir(join(this.table.location, 'data'), { recursive: true }).catch(() => [])
    return paths.filter((path) => path.endsWith('.parquet')).length
  }

  async close(): Promise<void> {
    await this.log.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

const holeOf = ({ topic, partition, offset }: RejectedRecord): Hole => ({
  topic,
  partition,
  from: offset,
  to: offset + 1n,
  reason: 'rejected',
})
