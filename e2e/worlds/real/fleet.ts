/**
 * Sinks in processes of their own, one consumer group, over a real Kafka, schema registry, catalog and S3; between them
 * and the servers stand proxies that a test may have fail.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hasLanded, type Judgement, judge, tally } from '../../oracle/fleet.ts'
import { type Engine, startEngine } from './engines.ts'
import { type Fault, proxyTo } from './proxy.ts'
import { cleanServer, type Running, s3Environment, startServer } from './servers.ts'
import { Stream } from './stream.ts'
import { freePort, type TcpProxy, tcpProxy } from './tcp.ts'

type Env = Readonly<Record<string, string>>
type HttpFault = (method: string, path: string) => Fault

const SINK = fileURLToPath(new URL('../../../services/iceberg-sink/main.ts', import.meta.url))
const LOG_CHARS_MAX = 200_000
/** The least that the setting allows. */
export const SESSION_MS = 6_000

export class Sink {
  readonly name: string
  readonly child: ChildProcess
  /** What it said, the last of it. */
  said = ''
  /** Told to end, by whatever signal. */
  isEnding = false
  isStopped = false
  readonly ended: Promise<void>

  constructor(name: string, folder: string, env: Env) {
    this.name = name
    this.child = spawn(process.execPath, [SINK], {
      env: { ...process.env, ...env, K2_DATA: join(folder, name), K2_HTTP_PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.child.stderr!.on('data', (chunk) => {
      this.said = `${this.said}${chunk}`.slice(-LOG_CHARS_MAX)
      this.#url ??= /"url":"([^"]+)","msg":"listening"/.exec(this.said)?.[1]
    })
    this.ended = once(this.child, 'close').then(() => {})
  }

  #url: string | undefined

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** Why it is a fault that it ended; undefined where it lives, or was told to end and did so well. */
  fault(): string | undefined {
    const { exitCode } = this.child
    if (this.isAlive || (this.isEnding && (exitCode === null || exitCode === 0))) return undefined
    return `${this.name} ended with ${exitCode ?? this.child.signalCode}: ${this.said.slice(-3_000)}`
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.isEnding = true
    this.child.kill(signal)
    await this.ended
  }

  /** It stands still, and knows nothing of it. */
  async stop(forMs: number): Promise<void> {
    this.freeze()
    await sleep(forMs)
    this.thaw()
  }

  freeze(): void {
    this.isStopped = true
    this.child.kill('SIGSTOP')
  }

  thaw(): void {
    this.isStopped = false
    this.child.kill('SIGCONT')
  }

  /** The sum of a metric over the label sets that `labels` match. */
  async metric(name: string, ...labels: readonly string[]): Promise<number> {
    const text = await (await fetch(`${this.#url}/metrics`, { signal: AbortSignal.timeout(5_000) })).text()
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  async isReady(): Promise<boolean> {
    if (this.#url === undefined) return false
    const answer = await fetch(`${this.#url}/health/ready`, { signal: AbortSignal.timeout(5_000) })
    return answer.ok
  }

  /** The most memory that it ever had, by the kernel. */
  peakBytes(): number {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))![1]) * 1_024
  }
}

export interface FleetOptions {
  readonly set: string
  readonly sink?: Env
  readonly catalogFault?: HttpFault
  readonly s3Fault?: HttpFault
}

export class Fleet {
  readonly sinks: Sink[] = []
  readonly servers: Readonly<Record<'kafka' | 'catalog' | 's3', Running>>
  readonly network: TcpProxy
  readonly catalogCounts: Readonly<Record<string, number>>
  readonly s3Counts: Readonly<Record<string, number>>
  readonly stream: Stream
  readonly tables: Engine
  readonly #folder: string
  readonly #env: Env
  readonly #closing: (() => unknown)[]
  #born = 0

  private constructor(
    of: Pick<Fleet, 'servers' | 'network' | 'catalogCounts' | 's3Counts' | 'stream' | 'tables'>,
    own: Own,
  ) {
    this.servers = of.servers
    this.network = of.network
    this.catalogCounts = of.catalogCounts
    this.s3Counts = of.s3Counts
    this.stream = of.stream
    this.tables = of.tables
    this.#folder = own.folder
    this.#env = own.env
    this.#closing = own.closing
  }

  /** No sink yet. */
  static async open({ set, sink = {}, catalogFault = none, s3Fault = none }: FleetOptions): Promise<Fleet> {
    const closing: (() => unknown)[] = []
    const kept = <T>(value: T, close: (value: T) => unknown): T => {
      closing.push(() => close(value))
      return value
    }
    try {
      const folder = kept(await mkdtemp(join(tmpdir(), 'k2-fleet-')), (path) =>
        rm(path, { recursive: true, force: true }),
      )
      const server = (...args: Parameters<typeof startServer>) => {
        closing.push(() => cleanServer(args[0], args[1]))
        return startServer(...args)
      }
      const proxiedPort = await freePort()
      const network = kept(await tcpProxy(proxiedPort), (proxy) => proxy.close())
      const [s3, postgres, registry, kafka] = await allOf([
        server('s3', set),
        server('postgres', set),
        server('registry', set),
        server('kafka', set, { BEHIND: `${proxiedPort}:${network.port}` }),
      ])
      const catalog = await server('catalog', set, { POSTGRES: postgres.url, S3: s3.url })
      const toCatalog = kept(await proxyTo(catalog.url, catalogFault), (proxy) => proxy.close())
      const toS3 = kept(await proxyTo(s3.url, s3Fault), (proxy) => proxy.close())
      const stream = kept(await Stream.open(kafka.url, registry.url), (one) => one.close())
      const tables = kept(startEngine('PyIceberg', catalog.url, s3Environment(s3.url)), (one) => one.close())
      const env = {
        KAFKA_BROKERS: `127.0.0.1:${network.port}`,
        SCHEMA_REGISTRY_URL: registry.url,
        ICEBERG_CATALOG_URI: toCatalog.url,
        ...s3Environment(toS3.url),
        K2_KAFKA_SESSION: String(SESSION_MS),
        K2_KAFKA_HEARTBEAT: '500',
        K2_SINK_COMMIT_AGE: '1000',
        ...sink,
      }
      const servers = { kafka, catalog, s3 }
      const of = { servers, network, catalogCounts: toCatalog.counts, s3Counts: toS3.counts, stream, tables }
      return new Fleet(of, { folder, env, closing })
    } catch (error) {
      await closeAll(closing)
      throw error
    }
  }

  /** One more. */
  join(env: Env = {}): Sink {
    const sink = new Sink(`sink-${this.#born++}`, this.#folder, { ...this.#env, ...env })
    this.sinks.push(sink)
    return sink
  }

  /** Those that live and were not told to end. */
  get members(): Sink[] {
    return this.sinks.filter((sink) => sink.isAlive && !sink.isEnding)
  }

  /** Sentences about sinks that ended and should not have. */
  faults(): string[] {
    return this.sinks.flatMap((sink) => sink.fault() ?? [])
  }

  /** Until all that was sent is in the tables. */
  async landed(withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs
    await this.stream.settled()
    while (!(await hasLanded(this.tables, this.stream))) {
      assert.deepEqual(this.faults(), [])
      const said = () => this.members.map(({ name, said: lines }) => `${name}:\n${lines.slice(-3_000)}`).join('\n')
      assert.ok(performance.now() < endMs, `all that was sent is not in the tables after ${withinMs} ms\n${said()}`)
      await sleep(500)
    }
  }

  /** A member of the sinks' groups that lands nothing, for so long. */
  intrude(forMs: number): Promise<void> {
    return this.stream.intrude(forMs)
  }

  /** By our own reader of the log's ends: quicker than `judge`. */
  tally(): Promise<{ readonly rows: number; readonly wrong: readonly string[] }> {
    return tally(this.tables, this.stream)
  }

  judge(): Promise<Judgement> {
    return judge(this.servers.kafka.url, this.tables, this.stream)
  }

  async close(): Promise<void> {
    for (const sink of this.sinks.filter(({ isAlive }) => isAlive)) await sink.kill('SIGKILL')
    await closeAll(this.#closing)
  }
}

/** The last first; what cannot be closed keeps no other from it. */
async function closeAll(closing: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closing.toReversed()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** Once none is on its way any more, also where one of them failed. */
async function allOf<const T extends readonly Promise<unknown>[]>(
  works: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(works)
  return (await Promise.all(works)) as { [K in keyof T]: Awaited<T[K]> }
}

interface Own {
  readonly folder: string
  readonly env: Env
  readonly closing: (() => unknown)[]
}

const none: HttpFault = () => undefined

export async function until(what: string, holds: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!(await holds().catch(() => false))) {
    assert.ok(performance.now() < endMs, `not within ${withinMs} ms: ${what}`)
    await sleep(200)
  }
}
