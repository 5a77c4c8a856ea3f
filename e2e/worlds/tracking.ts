/** Sequence-trackers over a log that is in hand: members of one group, that end well, or die at a moment of their flush. */
import { join } from 'node:path'
import type { SequenceServiceDefinition } from '@k2/contracts/gen/k2/v1/SequenceService.ts'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import type { Trade } from '@k2/market/trade.ts'
import { SEQUENCE_PROTO, sequenceTracker } from '@k2/sequence-tracker/compose.ts'
import { SEQUENCE_SERVICE } from '@k2/sequence-tracker/rpc.ts'
import { GROUP } from '@k2/sequence-tracker/tracker.ts'
import { realClock } from '@k2/service/clock.ts'
import { createHealth, type Health } from '@k2/service/health.ts'
import { type Logger, silentLogger } from '@k2/service/logger.ts'
import { createRpcClient, createRpcServer, loadProtos, type RpcClient, serviceIn } from '@k2/service/rpc.ts'
import { runServices } from '@k2/service/run.ts'
import { createTelemetry, type Telemetry } from '@k2/service/telemetry.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { TRADES } from '../oracle/sequence.ts'

export interface Life {
  readonly rpc: RpcClient<SequenceServiceDefinition>
  /** Of gRPC; empty until it is served. */
  address(): string
  readonly telemetry: Telemetry
  readonly health: Health
  /** It has died by itself. */
  isOver(): boolean
  end(): Promise<void>
}

export interface LifeOptions {
  readonly streamsMax?: number
  readonly flushMs?: number
  /** Dies where it throws. */
  readonly reached?: (moment: string) => void
  readonly logger?: Logger
  /** Over gRPC. */
  readonly serves?: boolean
  /** Of a fleet. */
  readonly store?: SharedStore
}

let lives = 0

/** What dies throws this, and it is no failure of a test. */
export class Killed extends Error {}

const PROTOS = loadProtos([SEQUENCE_PROTO], [join(import.meta.dirname, '../../proto')])

/** It serves gRPC once it has read where streams stand. */
export async function serving(log: Log, registry: SchemaRegistry, folder: string): Promise<Life> {
  const life = live(log, registry, folder, { serves: true })
  while (life.address() === '') await realClock.sleep(5)
  return life
}

export function live(log: Log, registry: SchemaRegistry, folder: string, options: LifeOptions = {}): Life {
  const { streamsMax = 10_000, flushMs = 20, reached = () => {}, logger = silentLogger, store } = options
  const telemetry = createTelemetry({ service: 'sequence-tracker', environment: 'test' })
  const tracker = sequenceTracker(
    { log, registry, clock: realClock, logger, telemetry, random: Math.random, reached, ...(store && { store }) },
    { streamsMax, flushMs, storePath: join(folder, `store-${lives++}.sqlite`) },
  )
  const health = createHealth('sequence-tracker')
  const port = { port: 0, component: 'grpc', protos: PROTOS, services: [tracker.rpc], health, logger, telemetry }
  const server = createRpcServer(port)
  const ending = new AbortController()
  let isOver = false
  let client: RpcClient<SequenceServiceDefinition> | undefined
  const running = runServices(options.serves ? [tracker, server] : [tracker], {
    logger: silentLogger,
    signal: ending.signal,
    health,
  })
    .catch((error) => {
      if (!(error instanceof Killed)) throw error
    })
    .finally(() => {
      isOver = true
    })
  running.catch(() => {})
  return {
    get rpc() {
      client ??= createRpcClient(serviceIn(PROTOS, SEQUENCE_SERVICE), { address: server.address() })
      return client
    },
    address: () => server.address(),
    telemetry,
    health,
    isOver: () => isOver,
    async end() {
      client?.close()
      ending.abort()
      await running
    },
  }
}

/** Until all that the log holds is judged. */
export async function judged(log: Log, deadlineMs = 60_000): Promise<void> {
  for (const end = Date.now() + deadlineMs; ; await realClock.sleep(10)) {
    const noted = new Map(
      (await log.committed(GROUP, TRADES)).map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]),
    )
    const behind = (await log.ranges(TRADES)).filter(
      ({ topic, partition, from, to }) => to > from && noted.get(`${topic}/${partition}`) !== to,
    )
    if (behind.length === 0) return
    if (Date.now() > end)
      throw new Error(`not judged: ${behind.map(({ topic, partition }) => `${topic}/${partition}`)}`)
  }
}

let made = 0

export type Numbered = Pick<Trade, 'symbol' | 'exchange' | 'timestampMicros' | 'sourceSequence'>

/** Appends trades of one venue, in their order. */
export async function append(log: Log, registry: SchemaRegistry, trades: readonly Numbered[]): Promise<void> {
  const { exchange } = trades[0]!
  const topic = MARKET_TOPICS.find((one) => one.kind === 'trades' && one.exchange === exchange)!
  const schemaId = await registry.register(`${topic.name}-value`, SCHEMAS.trades)
  const records = trades.map((trade) => {
    const value = encodeRecord('trades', { ...REST, ...trade, assetClass: topic.assetClass, ...named() }, FRAME_BYTES)
    writeFrame(value, 0, schemaId)
    return { key: trade.symbol, value }
  })
  await log.append(topic.name, records)
}

const REST = {
  price: 100_000_000n,
  quantity: 100_000_000n,
  currency: 'AUD',
  side: 'UNKNOWN',
  tradeConditions: [],
  ingestionMicros: 0,
  vendorData: null,
} as const

function named(): Pick<Trade, 'messageId' | 'tradeId'> {
  made++
  return { messageId: `00000000-0000-8000-8000-${String(made).padStart(12, '0')}`, tradeId: `t${made}` }
}
