/**
 * What the log says, read beside everything that works on it: the records of a table below any offsets, each as the row that
 * REST shows, and the offsets that hold no record of its kind.
 *
 *   shape   (kind, offsets of an answer) -> records, rejected offsets; the log is read once, as far as was ever asked for
 *   units   10^-8 for prices and quantities; µs since the epoch
 */
import { readFileSync } from 'node:fs'
import type { Log } from '@k2/log/log.ts'
import type { Quote } from '@k2/market/quote.ts'
import type { Reference } from '@k2/market/reference.ts'
import type { Trade } from '@k2/market/trade.ts'
import type { Placed, Row } from './asked.ts'
import { decodeAvro, type Schema } from './avro.ts'
import { recordsOf } from './log.ts'
import { decimalOf, isoOf } from './trade.ts'

interface Records {
  readonly trades: Trade
  readonly quotes: Quote
  readonly reference: Reference
}
export type Kind = keyof Records
export const KINDS: readonly Kind[] = ['trades', 'quotes', 'reference']

/** A record, and its whole row. */
export type Entry<K extends Kind = Kind> = Placed<Records[K]> & { readonly row: Row }

/** By `topic/partition`, as an answer's meta has them. */
export type Offsets = Readonly<Record<string, string>>

const NAMES = { trades: 'trade', quotes: 'quote', reference: 'reference' }
const schemaOf = (kind: Kind): Schema =>
  JSON.parse(readFileSync(new URL(import.meta.resolve(`@k2/contracts/avro/${NAMES[kind]}.avsc`)), 'utf8'))
const SCHEMAS = { trades: schemaOf('trades'), quotes: schemaOf('quotes'), reference: schemaOf('reference') }
const FRAME_BYTES = 5
const TOPIC = /^market\.\w+\.(\w+)\.(\w+)\/(\d+)$/

export const kindOf = (partition: string): Kind => TOPIC.exec(partition)![1] as Kind
export const venueOf = (partition: string): string => TOPIC.exec(partition)![2]!.toUpperCase()

interface Read {
  to: bigint
  readonly entries: Entry[]
  readonly rejected: bigint[]
}

export class Ledger {
  private readonly log: Log
  private readonly read = new Map<string, Read>()
  private reading: Promise<void> = Promise.resolve()

  constructor(log: Log) {
    this.log = log
  }

  /** Reads on as far as the offsets say. */
  upTo(offsets: Offsets): Promise<void> {
    const turn = this.reading.then(async () => {
      for (const [partition, to] of Object.entries(offsets)) await this.readOn(partition, BigInt(to))
    })
    this.reading = turn.catch(() => {})
    return turn
  }

  /** How far it was ever asked for. */
  reached(): Offsets {
    return Object.fromEntries([...this.read].map(([partition, { to }]) => [partition, String(to)]))
  }

  /** Of a kind what the offsets cover, from `from` on where that is given. */
  records<K extends Kind>(kind: K, offsets: Offsets, from?: Offsets): Entry<K>[] {
    return Object.entries(offsets).flatMap(([partition, to]) => {
      const [begin, end] = [BigInt(from?.[partition] ?? 0), BigInt(to)]
      const entries = (kindOf(partition) === kind && this.read.get(partition)?.entries) || []
      return entries.filter(({ offset }) => offset >= begin && offset < end) as unknown as Entry<K>[]
    })
  }

  /** `topic/partition/offset` of each that no table can take. */
  rejected(offsets: Offsets, from?: Offsets): string[] {
    return Object.entries(offsets).flatMap(([partition, to]) => {
      const [begin, end] = [BigInt(from?.[partition] ?? 0), BigInt(to)]
      const rejected = this.read.get(partition)?.rejected ?? []
      return rejected.filter((offset) => offset >= begin && offset < end).map((offset) => `${partition}/${offset}`)
    })
  }

  private async readOn(partition: string, to: bigint): Promise<void> {
    const read = this.read.get(partition) ?? { to: 0n, entries: [], rejected: [] }
    this.read.set(partition, read)
    if (to <= read.to) return
    const slash = partition.lastIndexOf('/')
    const [topic, number] = [partition.slice(0, slash), Number(partition.slice(slash + 1))]
    for await (const batch of this.log.readRange({ topic, partition: number, from: read.to, to })) {
      for (const { offset, value } of recordsOf(batch)) {
        const entry = value && entryOf(kindOf(partition), value, { topic, partition: number, offset })
        if (entry) read.entries.push(entry)
        else read.rejected.push(offset)
      }
    }
    read.to = to
  }
}

interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** By their names in the schema; undefined: it is no record of that kind. */
function entryOf(kind: Kind, value: Buffer, place: Place): Entry | undefined {
  let fields: Record<string, unknown>
  try {
    fields = decodeAvro(SCHEMAS[kind], value, FRAME_BYTES) as Record<string, unknown>
  } catch {
    return undefined
  }
  const record = Object.fromEntries(Object.entries(fields).map(([name, field]) => [named(name), field]))
  const { topic, partition, offset } = place
  const row = {
    ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, shown(name, field)])),
    platform_sequence: String(offset),
    ...{ kafka_topic: topic, kafka_partition: partition, kafka_offset: String(offset) },
  }
  return { ...record, ...place, row } as unknown as Entry
}

const TIMES = ['timestamp', 'ingestion_timestamp', 'listing_date', 'delisting_date']

const named = (name: string): string =>
  name === 'timestamp' ? 'timestampMicros' : name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** As JSON has it. */
function shown(name: string, value: unknown): unknown {
  // A map has no order: names are shown in theirs.
  if (name === 'vendor_data' && value)
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  if (typeof value !== 'bigint') return value
  if (TIMES.includes(name)) return isoOf(value)
  return /price|quantity/.test(name) ? decimalOf(value) : String(value)
}
