/**
 * The world of services: loader, sink and query-service, each in a process of its own, over a Kafka of the world's own, and
 * a registry, a REST catalog and S3 that it shares with the worlds before it.
 *
 * A life is a loader's, and the sink's that begins with it; the query-service lives on until somebody kills it.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { TABLES } from '@k2/contracts/tables.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { lagRecords } from '@k2/csv-loader/lag.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { openLake } from '@k2/lake/open.ts'
import { lakeSettings } from '@k2/lake/settings.ts'
import type { Table } from '@k2/lake/table.ts'
import type { KafkaLog } from '@k2/log/kafka/kafka.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import { readSettings } from '@k2/service/settings.ts'
import { lookAt } from '../../oracle/check.ts'
import { TOPIC } from '../../oracle/log.ts'
import type { End, Life, SettingValues } from '../embedded.ts'
import { type RunningService, type ServiceName, startService, until } from '../service.ts'
import type { Work, World } from '../world.ts'
import { kafkaOptions } from './kafka.ts'
import type { Platform } from './platform.ts'
import { dropTables, startServer } from './servers.ts'

const LIFE_MS_MAX = 300_000
/** A group's dead member holds its partitions for so long. */
const QUICK = {
  K2_KAFKA_SESSION: '6s',
  K2_KAFKA_HEARTBEAT: '500ms',
  K2_SINK_COMMIT_AGE: '300ms',
  K2_QUERY_LOOK: '500ms',
}

let worlds = 0

export async function servicesWorld(platform: Platform, folder: string): Promise<World> {
  const kafka = await startServer('kafka', `world-${++worlds}`)
  const settings = { ...platform.settings(folder), ...QUICK, KAFKA_BROKERS: kafka.url }
  const lake = await openLake(
    readSettings(lakeSettings, {}, settings as Record<string, string>),
    { warehouse: join(folder, 'warehouse'), cache: join(folder, 'cache') },
    Date.now,
  )
  await dropTables(platform.catalog.url, 'market_data', lake.store)
  const registry = openRegistry({ url: platform.registry.url, deadlineMs: 5_000, incompatibility })
  const log = openKafkaLog(kafkaOptions(kafka.url))
  await log.createTopics(TOPICS)
  const shared = { catalog: lake.catalog, store: lake.store, now: Date.now, random: Math.random }
  const tables = await Promise.all(TABLES.map((spec) => openTable({ ...shared, spec })))
  const running = new Running(folder, settings, log, tables)
  return {
    live: (work) => running.live(work),
    serve: (work) => running.serve(work),
    withLog: (work) => work(log, registry),
    tables: async () => tables,
    async look() {
      await running.stop()
      const schemaId = await registry.register(`${TOPIC}-value`, SCHEMAS.trades)
      return lookAt({ log, table: tables[0]!, schemaId, local: lake.files, tempFolder: join(folder, 'oracle') })
    },
    async end() {
      await running.stop()
      await log.close()
      await lake.close()
      await kafka.stop()
    },
  }
}

interface Lived {
  readonly loader: RunningService
  readonly sink: RunningService
  readonly query: RunningService
}

/** Whose the moment is where a process is to be killed: a commit's is the sink's. */
const COMPONENTS: Readonly<Record<string, string>> = { loader: 'loader', sink: 'sink', lake: 'sink' }

function crashing(component: string, { K2_CRASH_AT: moment, ...rest }: SettingValues): SettingValues {
  const isIts = moment !== undefined && COMPONENTS[String(moment).split('.')[0]!] === component
  return isIts ? { ...rest, K2_CRASH_AT: moment } : rest
}

class Running {
  private readonly folder: string
  private readonly settings: SettingValues
  private readonly log: KafkaLog
  private readonly tables: readonly Table[]
  private sink: RunningService | undefined
  private query: RunningService | undefined

  constructor(folder: string, settings: SettingValues, log: KafkaLog, tables: readonly Table[]) {
    this.folder = folder
    this.settings = settings
    this.log = log
    this.tables = tables
  }

  live(work: Work): Life {
    const started = this.begin(work).then((up) => ({ loader: this.load(work), ...up }))
    const url = started.then(({ query }) => query.url('rest'))
    let err = ''
    let isOver = false
    const ended = started
      .then((life) => this.lived(life))
      .then((end) => {
        isOver = true
        err = end.err
        return end
      })
    // Any of them may be the one: by turns.
    const kill = (signal: NodeJS.Signals) => {
      void started.then(({ loader, sink, query }) => [loader, sink, query][++kills % 3]!.kill(signal))
    }
    return { url, ended, hasEnded: () => isOver, log: () => err, kill }
  }

  async serve(work: Work) {
    const { query, sink } = await this.begin(work)
    const { code, err } = work.csv.length > 0 ? await this.load(work).ended : { code: 0, err: '' }
    if (code !== 0) throw new Error(`the load ended with ${code}: ${err}`)
    for (const one of [query, sink])
      await until('it is ready', async () => (await one.health('ready')).status === 200, one.log)
    return { url: await query.url('rest'), grpcAddress: await query.address(), stop: () => this.stop() }
  }

  /** All that serve; the first code that is not 0. */
  async stop(): Promise<number | null> {
    const ends: End[] = []
    for (const one of [this.query, this.sink]) {
      if (one === undefined || one.hasEnded()) continue
      one.kill('SIGTERM')
      ends.push(await one.ended)
    }
    this.query = this.sink = undefined
    return ends.find(({ code }) => code !== 0)?.code ?? 0
  }

  private start(name: ServiceName, args: readonly string[], own: SettingValues): RunningService {
    return startService(name, args, { ...this.settings, K2_DATA: join(this.folder, name), ...own })
  }

  private load({ csv, options = [], settings = {} }: Work): RunningService {
    return this.start('csv-loader', ['load', ...options, ...csv], crashing('loader', settings))
  }

  /** Who serves; the sink begins anew, with the work's settings. */
  private async begin({ settings = {} }: Work) {
    if (this.query === undefined || this.query.hasEnded())
      this.query = this.start('query-service', [], crashing('query', settings))
    if (this.sink !== undefined && !this.sink.hasEnded()) {
      this.sink.kill('SIGTERM')
      await this.sink.ended
    }
    this.sink = this.start('iceberg-sink', [], crashing('sink', settings))
    await this.query.url('rest')
    return { sink: this.sink, query: this.query }
  }

  /** Its end: of the first that is killed, or of the loader, once all is landed. */
  private async lived({ loader, sink, query }: Lived): Promise<End> {
    const late = Date.now() + LIFE_MS_MAX
    const victims = [sink, query]
    const loaded = await Promise.race([
      loader.ended,
      ...victims.map(({ ended }) => ended),
      sleep(LIFE_MS_MAX, undefined, { ref: false }),
    ])
    const isLoaded = loader.hasEnded() && loaded?.code === 0
    while (isLoaded && victims.every((one) => !one.hasEnded()) && Date.now() < late && (await this.lag()) > 0n)
      await sleep(100)
    const dead = victims.find((one) => one.hasEnded())
    if (!loader.hasEnded()) loader.kill('SIGTERM')
    const end = await loader.ended
    if (dead !== undefined) return dead.ended
    return Date.now() < late ? end : { ...end, err: `${end.err}\nthe test killed it after ${LIFE_MS_MAX} ms` }
  }

  private async lag(): Promise<bigint> {
    const lags = await Promise.all(this.tables.map((table) => lagRecords(this.log, table)))
    return lags.reduce((sum, lag) => sum + lag, 0n)
  }
}

let kills = 0
