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
import { dayBounds } from '@k2/market/zone.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { digestOf, type Line, linesOf } from './adapters/source.ts'
import { contentOf, parseTrade, type RowFault, type TradeRow } from './core/asx.ts'
import { type Held, type Numbering, numbering } from './core/number.ts'
import { decodeProgress, encodeProgress, type FileProgress, progressKey } from './core/progress.ts'
import type { FileSubject } from './core/resolve.ts'
import { tradeOf } from './core/trade.ts'
import { type LoaderMetrics, loaderMetrics } from './metrics.ts'

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
  readonly telemetry: Telemetry
  /** Records of its topic that the sink has yet to decide on. */
  readonly lagRecords: () => Promise<number>
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

interface Measured extends Ports {
  readonly metrics: LoaderMetrics
}

const PACE_MS = 20
const NOTHING: Held = new Map()
const TOO_MANY_ALIKE: RowFault = {
  code: 'value',
  reason: 'it is the 16,385th of its day that says exactly the same, and an id tells no more apart',
}
const OUT_OF_ORDER: RowFault = {
  code: 'order',
  reason: 'its trading day was closed: the file goes back over more than 32 days. Sort it by date',
}

export function csvLoader(ports: Ports, settings: Settings) {
  const { log, registry, logger } = ports
  const metrics = loaderMetrics(ports.telemetry, settings.topic)

  /** Loads files one after the other; what has been sent stays sent when it is stopped. */
  async function load(files: readonly FileToLoad[], signal: AbortSignal): Promise<FileReport[]> {
    const schemaId = await registry.register(`${settings.topic.name}-value`, SCHEMAS[settings.topic.kind])
    const reports: FileReport[] = []
    for (const file of files) {
      const report = await loadCounted(schemaId, file, signal)
      logger.info({ ...report }, report.known ? 'file was loaded before' : 'file loaded')
      reports.push(report)
    }
    return reports
  }

  async function loadCounted(schemaId: number, file: FileToLoad, signal: AbortSignal): Promise<FileReport> {
    try {
      const report = await loadFile({ ...ports, metrics }, settings, schemaId, file, signal)
      metrics.files(report.known ? 'known' : 'loaded').add()
      return report
    } catch (error) {
      // A load that was stopped goes on another time.
      if (!signal.aborted) metrics.files('failed').add()
      throw error
    }
  }

  return { load, log }
}

async function loadFile(
  ports: Measured,
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
    try {
      for (const line of lines) {
        signal.throwIfAborted()
        await takeLine(run, numbers, held, venue, line)
      }
    } finally {
      run.count()
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
  if (line.fault !== null) return run.reject(line, { code: 'line', reason: line.fault })
  const row = parseTrade(line.text, venue.zone)
  if ('reason' in row) return run.reject(line, row)
  if (!numbers.isOpen(row.tradingDay)) {
    const { from, to } = dayBounds(venue.zone, row.tradingDay)
    if (!numbers.open(row.tradingDay, await held.day(from, to))) {
      return run.reject(line, OUT_OF_ORDER)
    }
  }
  const numbered = numbers.number(row.tradingDay, row.timestampMicros, contentOf(row))
  if (!numbered) return run.reject(line, TOO_MANY_ALIKE)
  if (numbered.sequence === null) return run.skip()
  return run.send(row, numbered.messageId, numbered.sequence)
}

type FileRun = ReturnType<typeof fileRun>

/** What has been read of one file, and the records that wait to be sent. */
function fileRun(
  ports: Measured,
  settings: Settings,
  schemaId: number,
  file: FileToLoad,
  { digest, key, signal }: { digest: string; key: string; signal: AbortSignal },
) {
  const { log, clock, metrics } = ports
  const { topic, venue } = settings
  const partition = partitionOf(Buffer.from(file.symbol), topic.partitions)
  const counts = { read: 0, sent: 0, skipped: 0, rejected: 0 }
  let counted = { read: 0, skipped: 0 }
  let records: NewRecord[] = []
  let letters: NewRecord[] = []
  let faults: RowFault['code'][] = []
  let ingestionMicros = clock.nowMicros()

  async function note(status: FileProgress['status']): Promise<void> {
    const range = (await log.ranges([topic.name])).find((one) => one.partition === partition)
    const { read: rows, ...others } = counts
    const progress: FileProgress = { path: file.path, status, rows, ...others, logEnd: range!.to }
    await log.append(LOADER_PROGRESS, [{ key, value: encodeProgress(progress) }])
  }

  async function flush(): Promise<void> {
    if (letters.length > 0) await log.append(deadLetterTopic(topic.name), letters)
    if (records.length > 0) {
      await pace(ports, settings, signal)
      ports.reached('loader.before-append')
      await log.append(topic.name, records)
      ports.reached('loader.appended')
      await note('running')
    }
    metrics.sent.add(records.length)
    for (const code of faults) metrics.rejected(code).add()
    records = []
    letters = []
    faults = []
    ingestionMicros = clock.nowMicros()
  }

  async function full(): Promise<void> {
    if (records.length + letters.length >= settings.appendRows) await flush()
  }

  return {
    counts,
    note,
    flush,
    /** Rows are many: they are counted by the batch of lines. */
    count() {
      metrics.read.add(counts.read - counted.read)
      metrics.skipped.add(counts.skipped - counted.skipped)
      counted = { ...counts }
    },
    skip() {
      counts.read++
      counts.skipped++
    },
    reject(line: Line, { code, reason }: RowFault) {
      counts.read++
      counts.rejected++
      faults.push(code)
      letters.push(letterOf(file.path, digest, line, reason))
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

/** Waits while the sink is too far behind. */
async function pace({ lagRecords, clock, metrics }: Measured, { lagRecordsMax }: Settings, signal: AbortSignal) {
  while ((await lagRecords()) > lagRecordsMax) {
    const startMicros = clock.nowMicros()
    await clock.sleep(PACE_MS, signal)
    metrics.paused.add((clock.nowMicros() - startMicros) / 1e6)
  }
}

function letterOf(file: string, digest: string, { number, text }: Line, reason: string): NewRecord {
  const letter = { origin: 'file', file, digest, line: number, reason, raw: Buffer.from(text) } as const
  return { key: letterKey(letter), value: encodeLetter(letter) }
}
