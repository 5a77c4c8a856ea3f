/**
 * A trade as REST shows it, written down here a second time: what log and lake hold is brought into this form, by code
 * that loader, sink and query-service know nothing of, and compared as text.
 */

/** A trade in the log or the lake. */
export interface Seen {
  /** `topic/partition`. */
  readonly partition: string
  readonly offset: bigint
  readonly symbol: string
  readonly micros: bigint
  readonly sequence: bigint | null
  readonly messageId: string
  /** What the file said: see contentKey. */
  readonly content: string
  /** The whole of it. */
  readonly text: string
}

export interface TradeJson {
  readonly message_id: string
  readonly symbol: string
  readonly price: string
  readonly quantity: string
  readonly source_sequence: string | null
  readonly vendor_data: Readonly<Record<string, string>> | null
  readonly kafka_topic: string
  readonly kafka_partition: number
  readonly kafka_offset: string
  readonly [column: string]: unknown
}

export function seen(trade: TradeJson, micros: bigint): Seen {
  const { symbol, price, quantity, vendor_data } = trade
  const { qualifiers = '', venue = '', buyer_id = '' } = vendor_data ?? {}
  return {
    partition: `${trade.kafka_topic}/${trade.kafka_partition}`,
    offset: BigInt(trade.kafka_offset),
    symbol,
    micros,
    sequence: trade.source_sequence === null ? null : BigInt(trade.source_sequence),
    messageId: trade.message_id,
    content: contentKey([symbol, micros, price, quantity, qualifiers, venue, buyer_id]),
    text: canonical(trade),
  }
}

type Content = readonly [
  symbol: string,
  micros: bigint,
  price: string,
  quantity: string,
  qualifiers: string,
  venue: string,
  buyer: string,
]

export const contentKey = (content: Content): string => content.join('|')

/** The same text for the same values, whatever order their names come in. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** ISO 8601 with microseconds. */
export function isoOf(micros: bigint): string {
  const ms = micros / 1000n
  return `${new Date(Number(ms)).toISOString().slice(0, -1)}${String(micros - ms * 1000n).padStart(3, '0')}Z`
}

/** `36.65000000`, `36.650` -> `36.65`; `5.0` -> `5`. */
export const plain = (decimal: string): string =>
  decimal.includes('.') ? decimal.replace(/0+$/, '').replace(/\.$/, '') : decimal

/** A number of 10^-8 as decimal text. */
export function decimalOf(unscaled: bigint): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(9, '0')
  return plain(`${unscaled < 0n ? '-' : ''}${digits.slice(0, -8)}.${digits.slice(-8)}`)
}

/** SPEC's order of records: time, number (none first), topic and partition, offset. */
export function inOrder(a: Seen, b: Seen): number {
  return (
    compare(a.micros, b.micros) ||
    compare(a.sequence ?? -1n, b.sequence ?? -1n) ||
    compare(a.partition, b.partition) ||
    compare(a.offset, b.offset)
  )
}

const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
