/**
 * Sink, query-service and degradation-controller in processes of their own over real servers, the sink held to a capacity and
 * the levels' triggers to its measure; anyone of them may be killed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { DEGRADATION_STATE, TOPICS } from '@k2/contracts/topics.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { openLake } from '@k2/lake/open.ts'
import { lakeSettings } from '@k2/lake/settings.ts'
import type { Table } from '@k2/lake/table.ts'
import { type KafkaLog, openKafkaLog } from '@k2/log/kafka/kafka.ts'
import type { SchemaRegistry } from '@k2/log/log.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import { readSettings } from '@k2/service/settings.ts'
import type { SettingValues } from '../embedded.ts'
import { killServices, type RunningService, type ServiceName, startService, until } from '../service.ts'
import { kafkaOptions } from './kafka.ts'
import { RULES, TOPIC } from './overload.ts'
import { type Platform, startPlatform } from './platform.ts'
import { freePort } from './tcp.ts'

/** By the usual triggers, which are for so many rows a second. */
const USUAL_CAPACITY = 200_000
const LAG = [100_000, 500_000, 1_000_000, 5_000_000]
/** Filling in takes some commits, so that one can be killed between them. */
const FILL_ROWS = 2_000
const QUICK = {
  K2_DEGRADATION_COOLDOWN: '2s',
  K2_DEGRADATION_LEASE: '3s',
  K2_SINK_COMMIT_AGE: '500ms',
  K2_KAFKA_SESSION: '6s',
  K2_KAFKA_HEARTBEAT: '500ms',
  K2_QUERY_LOOK: '500ms',
} as const

export interface Asked {
  readonly complete: boolean
  readonly reasons: readonly string[]
  readonly deferred: readonly object[]
}

export class Pressed {
  readonly platform: Platform
  readonly log: KafkaLog
  readonly registry: SchemaRegistry
  readonly table: Table
  /** Whom it has killed. */
  readonly killed: Record<string, number> = {}
  private readonly settings: Record<ServiceName, SettingValues>
  private readonly running = new Map<ServiceName, RunningService>()
  private readonly closing: () => Promise<void>

  private constructor(
    of: Pick<Pressed, 'platform' | 'log' | 'registry' | 'table'>,
    settings: Record<ServiceName, SettingValues>,
    closing: () => Promise<void>,
  ) {
    this.platform = of.platform
    this.log = of.log
    this.registry = of.registry
    this.table = of.table
    this.settings = settings
    this.closing = closing
  }

  /** Everybody is ready. */
  static async open(set: string, capacity: number): Promise<Pressed> {
    const folder = await mkdtemp(join(tmpdir(), 'k2-pressed-'))
    const platform = await startPlatform(set, folder)
    const shared = platform.settings('shared')
    const folders = { warehouse: join(folder, 'warehouse'), cache: join(folder, 'cache') }
    const lake = await openLake(readSettings(lakeSettings, {}, shared as Record<string, string>), folders, Date.now)
    const log = openKafkaLog(kafkaOptions(platform.kafka.url))
    const closing = async () => {
      killServices()
      await log.close()
      await lake.close()
      await platform.stop()
      await rm(folder, { recursive: true, force: true })
    }
    try {
      await log.createTopics(TOPICS)
      const registry = openRegistry({ url: platform.registry.url, deadlineMs: 5_000, incompatibility })
      const ports = { catalog: lake.catalog, store: lake.store, now: Date.now, random: Math.random }
      const table = await openTable({ ...ports, spec: TRADES })
      const settings = await settingsOf(folder, shared, capacity)
      const pressed = new Pressed({ platform, log, registry, table }, settings, closing)
      for (const name of ['degradation-controller', 'query-service', 'iceberg-sink'] as const) pressed.start(name)
      await pressed.areReady()
      return pressed
    } catch (error) {
      await closing()
      throw error
    }
  }

  /** kill -9, and a new start at once. */
  async kill(name: ServiceName): Promise<void> {
    const one = this.running.get(name)!
    one.kill('SIGKILL')
    await one.ended
    this.killed[name] = (this.killed[name] ?? 0) + 1
    this.start(name)
  }

  /** The sink goes on without a limit. */
  async unlimited(): Promise<void> {
    const { K2_SINK_ROWS_PER_SECOND_MAX: _, ...rest } = this.settings['iceberg-sink']
    this.settings['iceberg-sink'] = { ...rest, K2_SINK_COMMIT_ROWS: FILL_ROWS }
    await this.kill('iceberg-sink')
  }

  async areReady(): Promise<void> {
    for (const [name, one] of this.running)
      await until(`${name} is ready`, async () => (await one.health('ready')).status === 200, one.log)
  }

  /** What the controller has said last. */
  async state(): Promise<string> {
    const states = await this.log.latest(DEGRADATION_STATE)
    return states.map(({ key, value }) => (key === 'state' ? Buffer.from(value).toString() : '')).join('')
  }

  /** Ended by itself. */
  ended(): readonly string[] {
    return [...this.running].flatMap(([name, one]) => (one.hasEnded() ? [`${name}: ${one.log().slice(-3_000)}`] : []))
  }

  /** What an answer out of the lake says of itself; undefined where there is none. */
  async ask(symbol: string): Promise<Asked | undefined> {
    const url = await this.running.get('query-service')!.url('rest')
    const path = `/v1/trades?symbol=${symbol}&exchange=BINANCE&source=lake&limit=1`
    const answer = await fetch(`${url}${path}`).catch(() => undefined)
    return answer?.ok ? ((await answer.json()) as { meta: Asked }).meta : undefined
  }

  /** Offsets that are not decided on, and those in holes. */
  async left(): Promise<{ readonly behind: number; readonly deferred: number }> {
    const { progress } = await this.table.head()
    const ranges = await this.log.ranges([TOPIC])
    const landed = (partition: number) => progress.offsets.get(`${TOPIC}/${partition}`) ?? 0n
    const behind = ranges.reduce((sum, { partition, to }) => sum + to - landed(partition), 0n)
    const deferred = progress.holes.reduce((sum, { from, to }) => sum + to - from, 0n)
    return { behind: Number(behind), deferred: Number(deferred) }
  }

  close(): Promise<void> {
    return this.closing()
  }

  private start(name: ServiceName): void {
    this.running.set(name, startService(name, [], this.settings[name]))
  }
}

async function settingsOf(folder: string, shared: SettingValues, capacity: number) {
  const rules = join(folder, 'rules.json')
  await writeFile(rules, JSON.stringify(RULES))
  const port = await freePort()
  const triggers = LAG.map((lag) => (lag * capacity) / USUAL_CAPACITY)
  const all = { ...shared, ...QUICK, K2_DEGRADATION_ADDRESSES: `127.0.0.1:${port}` }
  const of = (name: string, own: SettingValues = {}) => ({ ...all, K2_DATA: join(folder, name), ...own })
  const sink = { K2_SHEDDING_FILE: rules, K2_SINK_COMMIT_ROWS: capacity / 4, K2_SINK_ROWS_PER_SECOND_MAX: capacity }
  return {
    'csv-loader': all,
    'sequence-tracker': all,
    'query-service': of('query'),
    'iceberg-sink': of('sink', sink),
    'degradation-controller': of('controller', { K2_GRPC_PORT: port, K2_DEGRADATION_LAG: triggers.join(',') }),
  }
}
