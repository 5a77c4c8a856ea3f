/**
 * K2 in this process, over a lake that other engines reach as well: fed record by record, and with the sums that the
 * lake must hold. Each life begins where the one before left the folder.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { MARKET_TOPICS, type MarketTopic } from '@k2/contracts/topics.ts'
import { type Embedded, embedded } from '@k2/embedded/compose.ts'
import { embeddedSettings } from '@k2/embedded/settings.ts'
import { workerRewriter } from '@k2/iceberg-sink/adapters/rewrite.ts'
import { type Engine, openEngine } from '@k2/lake/duckdb/engine.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { check } from '@k2/lake/maintenance/check.ts'
import { COMPACTION } from '@k2/lake/maintenance/choose.ts'
import { type Compacted, compact } from '@k2/lake/maintenance/compact.ts'
import { type Lake, openLake } from '@k2/lake/open.ts'
import type { Table } from '@k2/lake/table.ts'
import type { EmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings } from '@k2/service/settings.ts'
import { DAYS, recordOf, type Sent, SYMBOLS, tallyOf } from './records.ts'

export type Kind = MarketTopic['kind']

const LANDED_MS_MAX = 60_000
const TOPIC_OF = (kind: Kind): MarketTopic => MARKET_TOPICS.find((one) => one.kind === kind && one.exchange === 'ASX')!

export interface Life {
  readonly url: string
  /** Sends so many records of each symbol on each day, and waits until they are in the lake. */
  land(kind: Kind, count: number): Promise<void>
  /** The error that its services ended with; undefined for an end that was asked for. */
  readonly ended: Promise<unknown>
  stop(): Promise<void>
}

export class World {
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  readonly lake: Lake
  readonly engine: Engine
  /** What the lake must hold, by kind: a deed that changes it says so here. */
  readonly sent: Record<Kind, Sent[]> = { trades: [], quotes: [], reference: [] }
  #made = 0

  readonly #lives: (() => Promise<void>)[] = []

  private constructor(env: Readonly<Record<string, string>>, folder: string, lake: Lake, engine: Engine) {
    this.env = env
    this.folder = folder
    this.lake = lake
    this.engine = engine
  }

  /** `env` names the lake: nothing but AWS_* and ICEBERG_*; an empty one is a folder. */
  static async open(env: Readonly<Record<string, string>>): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'k2-world-'))
    const folders = { warehouse: join(folder, 'data', 'warehouse'), cache: join(folder, 'cache') }
    const lake = await openLake(readSettings(embeddedSettings, {}, env), folders, Date.now)
    return new World(
      env,
      folder,
      lake,
      await openEngine({ memoryMb: 256, threads: 1, tempFolder: join(folder, 'tmp') }),
    )
  }

  /** As other engines are told of it. */
  get warehouse(): string {
    return this.env.ICEBERG_CATALOG_URI ?? join(this.folder, 'data', 'warehouse')
  }

  table(spec = TRADES): Promise<Table> {
    return openTable({ ...this.lake, spec, now: Date.now, random: Math.random })
  }

  /** Sentences about the table of trades; none where it is whole. */
  async faults(): Promise<readonly string[]> {
    const ports = { ...this.lake, table: await this.table(), engine: this.engine }
    return (await check(ports, new AbortController().signal)).faults
  }

  /** Whatever there is of a table becomes one file a day and bucket. */
  async compact(spec = TRADES): Promise<Compacted> {
    const stagingFolder = join(this.folder, 'compacting')
    const rewriter = workerRewriter({ memoryMb: 256, threads: 1, tempFolder: stagingFolder })
    try {
      const ports = { ...this.lake, rewriter, stagingFolder, uuid: randomUUID, table: await this.table(spec) }
      return await compact(ports, new AbortController().signal, { ...COMPACTION, tierFiles: 2 })
    } finally {
      await rewriter.close()
    }
  }

  async live(): Promise<Life> {
    const env = { ...this.env, K2_DATA: join(this.folder, 'data'), ...SETTINGS }
    const stop = new AbortController()
    const k2 = await embedded(readSettings(embeddedSettings, {}, env), { logger: silentLogger, reached: () => {} })
    const ended = runServices(k2.services, { logger: silentLogger, signal: stop.signal, health: k2.health })
      .then(() => undefined)
      .catch((error: unknown) => error)
      .finally(() => k2.close())
    await ready(k2, ended)
    const registry = (k2.log as EmbeddedLog).registry(incompatibility)
    const land = async (kind: Kind, count: number) => {
      await this.#append(
        k2.log as EmbeddedLog,
        await registry.register(`${TOPIC_OF(kind).name}-value`, SCHEMAS[kind]),
        kind,
        count,
      )
      const drained = k2.sink.drain(AbortSignal.any([stop.signal, AbortSignal.timeout(LANDED_MS_MAX)]))
      const failed = ended.then((error) => Promise.reject(error ?? new Error('K2 ended')))
      await Promise.race([drained, failed])
    }
    const end = async () => {
      stop.abort()
      await ended
    }
    this.#lives.push(end)
    return { url: k2.query.http.url(), land, ended, stop: end }
  }

  async #append(log: EmbeddedLog, schemaId: number, kind: Kind, count: number): Promise<void> {
    const records = []
    for (let i = 0; i < count; i++) {
      for (const symbol of SYMBOLS) {
        for (const day of kind === 'reference' ? DAYS.slice(0, 1) : DAYS) {
          const { record, sent } = recordOf(kind, symbol, day, this.#made++)
          const value = encodeRecord(kind, record as never, FRAME_BYTES)
          writeFrame(value, 0, schemaId)
          records.push({ key: symbol, value })
          this.sent[kind].push(sent)
        }
      }
    }
    await log.append(TOPIC_OF(kind).name, records)
  }

  tally(kind: Kind) {
    return tallyOf(kind, this.sent[kind])
  }

  async close(): Promise<void> {
    for (const end of this.#lives) await end()
    await this.engine.close()
    await this.lake.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Small commits, answers that know of them at once, and upkeep that stays away unless it is asked for. */
const SETTINGS = {
  K2_HTTP_PORT: '0',
  K2_GRPC_PORT: '0',
  K2_SINK_COMMIT_AGE: '100',
  K2_QUERY_LOOK: '100',
  K2_SINK_UPKEEP_INTERVAL: '86400000',
}

async function ready({ health }: Embedded, ended: Promise<unknown>): Promise<void> {
  let over = false
  void ended.then(() => {
    over = true
  })
  while (!health.ready().ok) {
    await sleep(10)
    if (over) throw await ended
  }
}
