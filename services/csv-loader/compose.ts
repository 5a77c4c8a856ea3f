/**
 * csv-loader: files in, records of the log out.
 *
 *   file ─► digest ─► progress: done? ─► nothing to do
 *     └───► lines ─► parse ─► number (held already?) ─► log(trades) ─► progress
 *                      └─ bad row ─► log(dead letters)
 *
 * Records, then progress: a crash between repeats the reading and never the sending, for what is held is asked of lake
 * and log, and not of the progress. A row's id is its content's, so what was sent is known again wherever it lies.
 *
 * A bad row is a record of the loader's own in the dead-letter topic: it never had an offset, so it leaves no hole. Its
 * key is the file's digest and the line, so a load that is repeated folds into the letters of the first.
 */

import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { deadLetterTopic, LOADER_PROGRESS, type MarketTopic } from '@k2/contracts/topics.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, NewRecord, SchemaRegistry } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { identity } from '@k2/market/identity.ts'
import type { Venue } from '@k2/market/instrument.ts'
import type { Trade } from '@k2/market/trade.ts'
import { dayBounds } from '@k2/market/zone.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import { digestOf, type Line, linesOf } from './adapters/source.ts'
import { contentOf, parseTrade, type TradeRow } from './core/asx.ts'
import { type Held, type Numbering, numbering } from './core/number.ts'
import { decodeProgress, encodeProgress, type FileProgress, progressKey } from './core/progress.ts'
import type { FileSubject } from './core/resolve.ts'

/** What lake and log hold of a symbol. */
export interface HeldRows {
  /** Fixes what the log holds now; `day` then adds what the lake has in [from, to), event time in µs. */
  of(symbol: string): Promise<{ day(from: number, to: number): Promise<Held> }>
}

export interface Ports {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly held: HeldRows
  readonly clock: Clock
  readonly logger: Logger
  /** Records of its topic that the sink has yet to decide on. */
  readonly lagRecords: () => Promise<number>
  /** Counts rows as they are done with. */
  readonly counted: (outcome: 'read' | 'sent' | 'skipped' | 'rejected', rows: number) => void
  /** Where a crash test may stop the process. */
  readonly reached: (moment: string) => void
}

export interface Settings {
  readonly topic: MarketTopic
  readonly venue: Venue
  /** Records in one append. */
  readonly appendRows: number
  /** Waits while the sink is further behind than this. */
  readonly lagRecordsMax: number
  /** False: a file that nobody has begun is not compared with lake and log. */
  readonly check: boolean
}

export interface FileToLoad extends FileSubject {
  readonly path: string
}

export interface FileReport {
  readonly path: string
  readonly symbol: string
  /** Loaded to its end before, so not read again. */
  readonly known: boolean
  readonly read: number
  readonly sent: number
  /** Rows that lake or log held already. */
  readonly skipped: number
  readonly rejected: number
}

const PACE_MS = 20
const NOTHING: Held = new Map()

export function csvLoader(ports: Ports, settings: Settings) {
  const { log, registry, logger } = ports

  /** Loads files one after the other; what has been sent stays sent when it is stopped. */
  async function load(files: readonly FileToLoad[], signal: AbortSignal): Promise<FileReport[]> {
    const schemaId = await registry.register(`${settings.topic.name}-value`, SCHEMAS[settings.topic.kind])
    const reports: FileReport[] = []
    for (const file of files) {
      const report = await loadFile(ports, settings, schemaId, file, signal)
      logger.info({ ...report }, report.known ? 'file was loaded before' : 'file loaded')
      reports.push(report)
    }
    return reports
  }

  return { load, log }
}

async function loadFile(
  ports: Ports,
  settings: Settings,
  schemaId: number,
  file: FileToLoad,
  signal: AbortSignal,
): Promise<FileReport> {
  const { topic, venue } = settings
  const digest = await digestOf(file.path)
  const key = progressKey({ digest, exchange: venue.exchange, type: topic.kind, symbol: file.symbol })
  const prior = await priorProgress(ports.log, key)
  if (prior?.status === 'done')
    return { path: file.path, symbol: file.symbol, known: true, read: 0, sent: 0, skipped: 0, rejected: 0 }

  const run = fileRun(ports, settings, schemaId, file, { digest, key, signal })
  await run.note('running')
  ports.reached('loader.noted')
  // A file that was begun is always compared: part of it is in the log.
  const held = settings.check || prior ? await ports.held.of(file.symbol) : { day: async () => NOTHING }
  const numbers = numbering(identity(venue.exchange, 'trade', file.symbol))
  for await (const lines of linesOf(file.path, digest)) {
    for (const line of lines) {
      signal.throwIfAborted()
      await takeLine(run, numbers, held, venue, line)
    }
  }
  await run.flush()
  await run.note('done')
  ports.reached('loader.done')
  return { path: file.path, symbol: file.symbol, known: false, ...run.counts }
}

async function priorProgress(log: Log, key: string): Promise<FileProgress | undefined> {
  const entry = (await log.latest(LOADER_PROGRESS)).find((one) => one.key === key)
  return entry && decodeProgress(entry.value)
}

async function takeLine(
  run: FileRun,
  numbers: Numbering,
  held: Awaited<ReturnType<HeldRows['of']>>,
  venue: Venue,
  line: Line,
): Promise<void> {
  if (line.text === '' && line.fault === null) return
  const row = line.fault ?? parseTrade(line.text, venue.zone)
  if (typeof row === 'string') return run.reject(line, row)
  if (!numbers.isOpen(row.tradingDay)) {
    const { from, to } = dayBounds(venue.zone, row.tradingDay)
    if (!numbers.open(row.tradingDay, await held.day(from, to))) {
      return run.reject(line, 'its trading day was closed: the file goes back over more than 32 days. Sort it by date')
    }
  }
  const { messageId, sequence } = numbers.number(row.tradingDay, row.timestampMicros, contentOf(row))
  if (sequence === null) return run.skip()
  return run.send(row, messageId, sequence)
}

type FileRun = ReturnType<typeof fileRun>

/** What has been read of one file, and the records that wait to be sent. */
function fileRun(
  ports: Ports,
  settings: Settings,
  schemaId: number,
  file: FileToLoad,
  { digest, key, signal }: { digest: string; key: string; signal: AbortSignal },
) {
  const { log, clock } = ports
  const { topic, venue } = settings
  const partition = partitionOf(Buffer.from(file.symbol), topic.partitions)
  const counts = { read: 0, sent: 0, skipped: 0, rejected: 0 }
  let records: NewRecord[] = []
  let letters: NewRecord[] = []
  let ingestionMicros = clock.nowMicros()

  async function note(status: FileProgress['status']): Promise<void> {
    const range = (await log.ranges([topic.name])).find((one) => one.partition === partition)
    const progress: FileProgress = {
      path: file.path,
      status,
      rows: counts.read,
      sent: counts.sent,
      skipped: counts.skipped,
      rejected: counts.rejected,
      logEnd: range!.to,
    }
    await log.append(LOADER_PROGRESS, [{ key, value: encodeProgress(progress) }])
  }

  async function flush(): Promise<void> {
    if (letters.length > 0) await log.append(deadLetterTopic(topic.name), letters)
    if (records.length > 0) {
      while ((await ports.lagRecords()) > settings.lagRecordsMax) await clock.sleep(PACE_MS, signal)
      ports.reached('loader.before-append')
      await log.append(topic.name, records)
      ports.reached('loader.appended')
      await note('running')
    }
    ports.counted('sent', records.length)
    ports.counted('rejected', letters.length)
    records = []
    letters = []
    ingestionMicros = clock.nowMicros()
  }

  async function full(): Promise<void> {
    if (records.length + letters.length >= settings.appendRows) await flush()
  }

  return {
    counts,
    note,
    flush,
    skip() {
      counts.read++
      counts.skipped++
    },
    reject(line: Line, reason: string) {
      counts.read++
      counts.rejected++
      const letter = {
        origin: 'file',
        file: file.path,
        digest,
        line: line.number,
        reason,
        raw: Buffer.from(line.text),
      } as const
      letters.push({ key: letterKey(letter), value: encodeLetter(letter) })
      return full()
    },
    send(row: TradeRow, messageId: string, sequence: bigint) {
      counts.read++
      counts.sent++
      const trade = tradeOf(row, venue, file, messageId, sequence, ingestionMicros)
      const value = encodeRecord('trades', trade, FRAME_BYTES)
      writeFrame(value, 0, schemaId)
      records.push({ key: file.symbol, value })
      return full()
    },
  }
}

function tradeOf(
  row: TradeRow,
  venue: Venue,
  { companyId, symbol }: FileSubject,
  messageId: string,
  sequence: bigint,
  ingestionMicros: number,
): Trade {
  const day = new Date(row.tradingDay * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  return {
    messageId,
    tradeId: `${day}-${sequence}`,
    symbol,
    exchange: venue.exchange,
    assetClass: venue.assetClass,
    timestampMicros: row.timestampMicros,
    price: row.price,
    quantity: row.quantity,
    currency: venue.currency ?? '',
    side: 'UNKNOWN',
    tradeConditions: row.qualifiers === '' ? [] : [row.qualifiers],
    sourceSequence: sequence,
    ingestionMicros,
    vendorData: {
      ...(companyId !== null && { company_id: companyId }),
      qualifiers: row.qualifiers,
      ...(row.venue !== '' && { venue: row.venue }),
      ...(row.buyerId !== '' && { buyer_id: row.buyerId }),
    },
  }
}
