/**
 * What the sequence-tracker keeps in the log: where each stream stands, and what its numbers have shown. Avro, framed as
 * records are.
 *
 *   units   numbers and offsets: bigint; times: µs since the epoch, event time
 *   errors  bytes of another schema that cannot be resolved are undefined: no position of ours
 */
import { readFileSync } from 'node:fs'
import type avro from 'avsc'
import { avroType } from './avro.ts'

/** Missing numbers between two neighbours. */
export interface Missing {
  readonly from: bigint
  readonly to: bigint
  readonly afterMicros: number
  readonly beforeMicros: number
}

/** A run of numbers that came after all. */
export interface Fill {
  readonly from: bigint
  readonly to: bigint
  readonly offset: bigint
  readonly micros: number
}

export interface Gap {
  readonly from: bigint
  readonly to: bigint
  /** Of the record that showed it. */
  readonly offset: bigint
  readonly micros: number
  /** Lowest first. */
  readonly open: readonly Missing[]
  readonly fills: readonly Fill[]
  readonly fillsMore: number
}

export interface StreamName {
  readonly exchange: string
  readonly symbol: string
  /** Trading day, as 2014-03-10; empty where the venue's numbers never begin again. */
  readonly session: string
}

export interface Placed {
  readonly topic: string
  readonly partition: number
}

export interface Position extends StreamName, Placed {
  /** Of the last record that was judged. */
  readonly offset: bigint
  /** The log's time of that record, by which it is known again; null: nobody noted it. */
  readonly recordMs: number | null
  readonly resets: number
  readonly resetMicros: number | null
  readonly first: bigint
  readonly firstMicros: number
  readonly last: bigint
  readonly lastMicros: number
  /** The latest time of any of its records, whatever its number. */
  readonly latestMicros: number
  readonly knownFrom: bigint | null
  readonly gaps: readonly Gap[]
}

export type GapStatus = 'open' | 'partly_filled' | 'filled' | 'given_up'
export type EventKind = 'gap' | 'duplicate' | 'late' | 'reset'

export interface SequenceEvent extends StreamName, Placed {
  readonly kind: EventKind
  readonly resets: number
  readonly from: bigint
  readonly to: bigint
  readonly offset: bigint
  readonly micros: number
  readonly untilOffset: bigint
  readonly expected: bigint | null
  readonly status: GapStatus | null
  readonly open: readonly Missing[]
  readonly fills: readonly Fill[]
  readonly fillsMore: number
}

const read = (name: string): string => readFileSync(new URL(`../avro/${name}.avsc`, import.meta.url), 'utf8')
export const POSITION_SCHEMA = read('sequence-position')
export const EVENT_SCHEMA = read('sequence-event')

/** A symbol may hold any character, and a key's parts are told apart by a slash. */
export const streamKey = ({ exchange, symbol, session }: StreamName): string =>
  `${encodeURIComponent(exchange)}/${encodeURIComponent(symbol)}/${session}`

const DIGITS = 19
const padded = (number: bigint): string => String(number).padStart(DIGITS, '0')

/** Keys sort as their events do: by stream, then by number or offset. */
export const eventKey = (
  event: Pick<SequenceEvent, keyof StreamName | 'resets' | 'kind' | 'from' | 'offset'>,
): string =>
  `${streamKey(event)}/${event.resets}/${event.kind}/${padded(event.kind === 'gap' ? event.from : event.offset)}`

export interface Codec<T> {
  /** Avro binary behind `prefix` bytes left free. */
  encode(value: T, prefix: number): Buffer
  decode(bytes: Uint8Array, start: number, writer: string): T | undefined
}

type Fields = Readonly<Record<string, unknown>>

function codec<T>(schema: string, to: (value: T) => object, from: (fields: Fields) => T): Codec<T> {
  const type = avroType(schema)
  const resolvers = new Map<string, avro.Resolver | undefined>([[schema, undefined]])
  return {
    encode(value, prefix) {
      const body = type.toBuffer(to(value))
      const bytes = Buffer.alloc(prefix + body.length)
      bytes.set(body, prefix)
      return bytes
    },
    decode(bytes, start, writer) {
      try {
        if (!resolvers.has(writer)) resolvers.set(writer, type.createResolver(avroType(writer)))
        const { value, offset } = type.decode(Buffer.from(bytes), start, resolvers.get(writer))
        return offset < 0 ? undefined : from(value)
      } catch {
        return undefined
      }
    },
  }
}

const micros = (value: unknown): number => Number(value)
const missingTo = ({ from, to, afterMicros, beforeMicros }: Missing) => ({
  ...{ from, to },
  after_timestamp: BigInt(afterMicros),
  before_timestamp: BigInt(beforeMicros),
})
const missingFrom = (of: Fields): Missing => ({
  ...{ from: of.from as bigint, to: of.to as bigint },
  afterMicros: micros(of.after_timestamp),
  beforeMicros: micros(of.before_timestamp),
})
const fillTo = ({ micros: at, ...fill }: Fill) => ({ ...fill, timestamp: BigInt(at) })
const fillFrom = ({ from, to, offset, timestamp }: Fields): Fill =>
  ({ from, to, offset, micros: micros(timestamp) }) as Fill
const gapTo = ({ micros: at, open, fills, fillsMore, ...gap }: Gap) => ({
  ...gap,
  timestamp: BigInt(at),
  open: open.map(missingTo),
  fills: fills.map(fillTo),
  fills_more: fillsMore,
})
const gapFrom = ({ from, to, offset, timestamp, open, fills, fills_more }: Fields): Gap => ({
  ...({ from, to, offset } as { from: bigint; to: bigint; offset: bigint }),
  micros: micros(timestamp),
  open: (open as Fields[]).map(missingFrom),
  fills: (fills as Fields[]).map(fillFrom),
  fillsMore: fills_more as number,
})

export const positionCodec: Codec<Position> = codec(
  POSITION_SCHEMA,
  ({ recordMs, resetMicros, first, firstMicros, last, lastMicros, latestMicros, knownFrom, gaps, ...rest }) => ({
    ...rest,
    record_timestamp: recordMs === null ? null : BigInt(recordMs),
    reset_timestamp: resetMicros === null ? null : BigInt(resetMicros),
    first_sequence: first,
    first_timestamp: BigInt(firstMicros),
    last_sequence: last,
    last_timestamp: BigInt(lastMicros),
    latest_timestamp: BigInt(latestMicros),
    known_from: knownFrom,
    gaps: gaps.map(gapTo),
  }),
  (of) =>
    ({
      ...{ exchange: of.exchange, symbol: of.symbol, session: of.session },
      ...{ topic: of.topic, partition: of.partition, offset: of.offset, resets: of.resets },
      recordMs: of.record_timestamp === null ? null : Number(of.record_timestamp),
      resetMicros: of.reset_timestamp === null ? null : micros(of.reset_timestamp),
      ...{ first: of.first_sequence, firstMicros: micros(of.first_timestamp) },
      ...{ last: of.last_sequence, lastMicros: micros(of.last_timestamp) },
      latestMicros: micros(of.latest_timestamp),
      knownFrom: of.known_from,
      gaps: (of.gaps as Fields[]).map(gapFrom),
    }) as Position,
)

export const eventCodec: Codec<SequenceEvent> = codec(
  EVENT_SCHEMA,
  ({ micros: at, untilOffset, open, fills, fillsMore, ...rest }) => ({
    ...rest,
    timestamp: BigInt(at),
    until_offset: untilOffset,
    open: open.map(missingTo),
    fills: fills.map(fillTo),
    fills_more: fillsMore,
  }),
  ({ timestamp, until_offset, open, fills, fills_more, ...rest }) =>
    ({
      ...rest,
      micros: micros(timestamp),
      untilOffset: until_offset,
      open: (open as Fields[]).map(missingFrom),
      fills: (fills as Fields[]).map(fillFrom),
      fillsMore: fills_more,
    }) as unknown as SequenceEvent,
)
