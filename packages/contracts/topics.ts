/**
 * The topics of the log: names, partitions, retention. `market.<asset_class>.<type>.<exchange>`, lower case; the key
 * is the symbol, so a symbol keeps its order in one partition.
 */
import { QUOTES, REFERENCE_DATA, type TableSpec, TRADES } from './tables.ts'

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  /** null: kept by key for ever (compacted). */
  readonly retentionMs: number | null
}

export interface MarketTopic extends TopicSpec {
  readonly kind: 'trades' | 'quotes' | 'reference'
  readonly assetClass: 'equities' | 'crypto'
  readonly exchange: string
  /** Where the sink lands it. */
  readonly table: TableSpec
}

const DAY_MS = 86_400_000
const RETENTION_MS = 90 * DAY_MS
const TABLE_OF = { trades: TRADES, quotes: QUOTES, reference: REFERENCE_DATA }

function market(
  assetClass: MarketTopic['assetClass'],
  kind: MarketTopic['kind'],
  exchange: string,
  partitions: number,
): MarketTopic {
  const name = `market.${assetClass}.${kind}.${exchange.toLowerCase()}`
  return { name, partitions, retentionMs: RETENTION_MS, kind, assetClass, exchange, table: TABLE_OF[kind] }
}

export const MARKET_TOPICS: readonly MarketTopic[] = [
  market('equities', 'trades', 'ASX', 30),
  market('equities', 'quotes', 'ASX', 30),
  market('equities', 'reference', 'ASX', 30),
  market('crypto', 'trades', 'BINANCE', 12),
  market('crypto', 'quotes', 'BINANCE', 12),
  market('crypto', 'trades', 'BINANCEUS', 12),
  market('crypto', 'quotes', 'BINANCEUS', 12),
]

export const LOADER_PROGRESS = 'k2.loader.progress'
export const LAKE_COMMITS = 'k2.lake.commits'
export const DEGRADATION_STATE = 'k2.degradation.state'
export const SEQUENCE_EVENTS = 'k2.sequence.events'
export const SEQUENCE_POSITIONS = 'k2.sequence.positions'
/** Where the gateway stands with each feed, and which of its trades are missing. */
export const GATEWAY_POSITIONS = 'k2.gateway.positions'

/** Where rejected records of a topic go. */
export const deadLetterTopic = (source: string): string => `k2.dlq.${source}`

export const PLATFORM_TOPICS: readonly TopicSpec[] = [
  { name: LOADER_PROGRESS, partitions: 1, retentionMs: null },
  { name: GATEWAY_POSITIONS, partitions: 1, retentionMs: null },
  { name: LAKE_COMMITS, partitions: 1, retentionMs: 7 * DAY_MS },
  { name: DEGRADATION_STATE, partitions: 1, retentionMs: null },
  { name: SEQUENCE_EVENTS, partitions: 4, retentionMs: null },
  { name: SEQUENCE_POSITIONS, partitions: 4, retentionMs: null },
  ...MARKET_TOPICS.map((topic) => ({ name: deadLetterTopic(topic.name), partitions: 1, retentionMs: RETENTION_MS })),
]

export const TOPICS: readonly TopicSpec[] = [...MARKET_TOPICS, ...PLATFORM_TOPICS]

/** The market topic of that name. */
export function marketTopic(name: string): MarketTopic | undefined {
  return MARKET_TOPICS.find((topic) => topic.name === name)
}
