/**
 * The lake that `npm run bench -- query` asks: generated trades in data files of our own writer, the same at every run,
 * and kept: a folder that is whole says so, and is not made again.
 *
 *   100 symbols whose activity falls with their rank, three ASX sessions, each over two UTC days: 96 data files, or
 *   `pieces` times as many; a fifth as many quotes
 */
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ColumnBatch, ColumnData } from '@k2/contracts/columns.ts'
import { QUOTES, type TableSpec, TRADES } from '@k2/contracts/tables.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import type { Table } from '@k2/lake/table.ts'
import { identity } from '@k2/market/identity.ts'
import { DAY_MICROS, formatDay } from '@k2/market/instant.ts'
import { realClock } from '@k2/service/clock.ts'

export const SYMBOLS = Array.from({ length: 100 }, (_, rank) => `S${String(rank).padStart(2, '0')}`)
/** The sessions open at 10:00 of Sydney's summer, which is 23:00 UTC of the day before. */
const FIRST_OPEN_MICROS = Date.UTC(2014, 2, 10, 23) * 1000
export const SESSIONS = 3
export const SESSION_MICROS = 6.2 * 3_600_000_000
export const openMicros = (session: number): number => FIRST_OPEN_MICROS + session * DAY_MICROS
/** The trading day of a session, by Sydney's calendar. */
export const sessionDate = (session: number): string => formatDay(Math.floor(openMicros(session) / DAY_MICROS) + 1)
const TOPIC = marketTopic('market.equities.trades.asx')!
const QUOTES_TOPIC = marketTopic('market.equities.quotes.asx')!
const TRADES_PER_QUOTE = 5
const SEED = 1
/** Few enough that a batch and its Parquet fit in memory. */
const GROUPS = 4

export async function openBenchTable(folder: string, spec: TableSpec): Promise<Table> {
  const catalog = localCatalog({ warehouse: join(folder, 'warehouse'), now: realClock.nowMs })
  return openTable({
    spec,
    catalog,
    store: directoryStore(),
    now: realClock.nowMs,
    random: Math.random,
    reached: () => {},
  })
}

/** Makes it where it is not there. */
export async function makeLake(folder: string, rows: number, pieces: number): Promise<void> {
  const whole = join(folder, 'whole')
  if (existsSync(whole)) return
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const trades = await fill(folder, TRADES, rows, pieces)
  const quotes = await fill(folder, QUOTES, rows / TRADES_PER_QUOTE, 1)
  await writeFile(whole, `${trades} trades, ${quotes} quotes\n`)
}

async function fill(folder: string, spec: TableSpec, rows: number, pieces: number): Promise<number> {
  const table = await openBenchTable(folder, spec)
  const store = directoryStore()
  const staging = join(folder, 'staging')
  const random = seeded(SEED)
  let offset = 0
  for (let n = 0; n < SESSIONS * pieces; n++) {
    const [session, piece] = [Math.floor(n / pieces), n % pieces]
    const files = []
    // By groups of buckets, so that a file is of one group.
    for (let group = 0; group < GROUPS; group++) {
      const part = { rows: rows / SESSIONS / pieces, session, piece, pieces, group, offset }
      const batch = rowsOf(random, part, spec === TRADES ? columnsOfTrades : columnsOfQuotes)
      offset += batch.rows
      const name = `bench-${n}-${group}`
      for (const file of writeDataFiles(spec, [batch], { folder: staging, name, bucketOf })) {
        const path = `${table.location}/data/${file.path}`
        await store.publish(join(staging, file.path), path)
        files.push({ ...file, path })
      }
    }
    // It stands for no offsets: the log beside it is empty.
    const nothing = { advances: [], holesRead: [], holesAdded: [], holesStruck: [] }
    await table.commit({ commitId: `bench-${n}`, files, ...nothing })
  }
  return offset
}

interface Part {
  /** Of the whole piece, all symbols together. */
  readonly rows: number
  readonly session: number
  readonly piece: number
  readonly pieces: number
  readonly group: number
  readonly offset: number
}

const weightOf = (rank: number): number => 1 / (rank + 10)
const WEIGHTS = SYMBOLS.reduce((sum, _, rank) => sum + weightOf(rank), 0)

/** Of both kinds of records. */
interface Rows {
  readonly rows: number
  readonly ids: Uint8Array
  readonly recordIds: string[]
  /** Ranks. */
  readonly symbols: Int32Array
  readonly times: BigInt64Array
  readonly prices: BigInt64Array
  readonly quantities: BigInt64Array
  readonly sequences: BigInt64Array
  readonly ingested: BigInt64Array
  readonly offsets: BigInt64Array
}

/** Symbol by symbol; times of a symbol ascend, denser at both ends of the session. */
function rowsOf(
  random: () => number,
  part: Part,
  columnsOf: (rows: Rows, random: () => number) => Columns,
): ColumnBatch {
  const ranks = SYMBOLS.map((_, rank) => rank).filter((rank) => bucketOf(SYMBOLS[rank]!) % GROUPS === part.group)
  const counts = ranks.map((rank) => Math.max(1, Math.round((part.rows * weightOf(rank)) / WEIGHTS)))
  const rows = counts.reduce((sum, count) => sum + count, 0)
  const int64 = () => new BigInt64Array(rows)
  const [times, prices, quantities, sequences, ingested, offsets] = Array.from({ length: 6 }, int64) as Six
  const ids = new Uint8Array(rows * 16)
  const symbols = new Int32Array(rows)
  const recordIds: string[] = new Array(rows)
  const day = sessionDate(part.session).replaceAll('-', '')
  let row = 0
  for (const [at, rank] of ranks.entries()) {
    const front = Buffer.from(identity('ASX', 'trade', SYMBOLS[rank]!).numbered(0n).replaceAll('-', ''), 'hex')
    let price = 1_000 + rank * 37
    for (let i = 0; i < counts[at]!; i++, row++) {
      const share = (part.piece + (i + random()) / counts[at]!) / part.pieces
      const micros = openMicros(part.session) + Math.floor(busy(share) * SESSION_MICROS)
      const sequence = (part.session * part.pieces + part.piece) * 10_000_000 + i
      price = Math.max(1, price + Math.floor(random() * 3) - 1)
      times[row] = BigInt(micros)
      prices[row] = BigInt(price * 1_000_000)
      quantities[row] = BigInt(1 + Math.floor(random() * random() * 5_000)) * 100_000_000n
      sequences[row] = BigInt(sequence)
      ingested[row] = BigInt(micros + 5_000)
      offsets[row] = BigInt(part.offset + row)
      ids.set(front, row * 16)
      new DataView(ids.buffer).setUint32(row * 16 + 12, sequence)
      symbols[row] = rank
      recordIds[row] = `${day}-${sequence}`
    }
  }
  const made = { rows, ids, recordIds, symbols, times, prices, quantities, sequences, ingested, offsets }
  return { rows, columns: new Map(Object.entries({ ...columnsOfBoth(made), ...columnsOf(made, random) })) }
}

type Columns = Record<string, ColumnData>

const number = (values: BigInt64Array): ColumnData => ({ kind: 'int64', values })
const same = (rows: number, value: string): ColumnData => {
  return { kind: 'dictionary', codes: new Int32Array(rows), dictionary: [value] }
}

function columnsOfBoth({ rows, ids, symbols, times, sequences, ingested, offsets }: Rows): Columns {
  return {
    message_id: { kind: 'uuid', bytes: ids },
    symbol: { kind: 'dictionary', codes: symbols, dictionary: SYMBOLS },
    exchange: same(rows, 'ASX'),
    asset_class: same(rows, 'equities'),
    timestamp: number(times),
    currency: same(rows, 'AUD'),
    source_sequence: number(sequences),
    ingestion_timestamp: number(ingested),
    platform_sequence: number(offsets),
    vendor_data: { kind: 'dictionary', codes: symbols, dictionary: SYMBOLS.map((_, i) => vendorData(i)) },
    kafka_partition: { kind: 'int32', values: symbols.map((rank) => rank % TOPIC.partitions) },
    kafka_offset: number(offsets),
  }
}

function columnsOfTrades({ rows, recordIds, prices, quantities }: Rows, random: () => number): Columns {
  const conditions = Int32Array.from({ length: rows }, () => (random() < 0.05 ? 1 : 0))
  return {
    trade_id: { kind: 'text', values: recordIds },
    price: number(prices),
    quantity: number(quantities),
    side: same(rows, 'UNKNOWN'),
    trade_conditions: { kind: 'list', codes: conditions, dictionary: [[], ['XT']] },
    kafka_topic: same(rows, TOPIC.name),
  }
}

const CENT = 1_000_000n

function columnsOfQuotes({ rows, recordIds, prices, quantities }: Rows): Columns {
  return {
    quote_id: { kind: 'text', values: recordIds },
    bid_price: number(prices),
    bid_quantity: number(quantities),
    ask_price: number(prices.map((price) => price + CENT)),
    ask_quantity: number(quantities.toReversed()),
    kafka_topic: same(rows, QUOTES_TOPIC.name),
  }
}

type Six = [BigInt64Array, BigInt64Array, BigInt64Array, BigInt64Array, BigInt64Array, BigInt64Array]

const vendorData = (rank: number): string => JSON.stringify({ company_id: String(7_000 + rank), venue: 'T' })

/** More at the open and the close than at noon. */
const busy = (share: number): number => share - 0.12 * Math.sin(2 * Math.PI * share)
