/**
 * csv-loader: files in, records of the log out.
 *
 *   file ─► digest ─► progress: done? ─► nothing to do
 *     └───► lines ─► parse ─► number (held already?) ─► log(market topic of its kind) ─► progress
 *                      └─ bad row ─► log(dead letters)
 *
 * Records, then progress: a crash between repeats the reading and never the sending, for what is held is asked of lake
 * and log, and not of the progress. A row's id is its content's, so what was sent is known again wherever it lies.
 *
 * A bad row is a record of the loader's own in the dead-letter topic: it never had an offset, so it leaves no hole. Its
 * key is the file's digest and the line, so a load that is repeated folds into the letters of the first. A file that
 * cannot be read is a value too: its report says why, what was read of it is sent, and the next one is loaded.
 */
import { basename } from 'node:path'
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { LOADER_PROGRESS, type MarketTopic } from '@k2/contracts/topics.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import type { Venue } from '@k2/market/instrument.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { traced } from '@k2/service/tracing.ts'
import { mayPass } from '@k2/service/wait.ts'
import { linesOf, type Survey, surveyOf } from './adapters/source.ts'
import type { TimedRow } from './core/asx.ts'
import { Ids } from './core/ids.ts'
import { KINDS, type Reader } from './core/kinds.ts'
import { lineAt } from './core/lines.ts'
import type { Held } from './core/number.ts'
import { decodeProgress, type FileProgress, progressKey } from './core/progress.ts'
import type { RateLimit } from './core/rate.ts'
import type { FileSubject } from './core/resolve.ts'
import { type FileRun, fileRun } from './filerun.ts'
import { type LoaderMetrics, loaderMetrics } from './metrics.ts'
import { batchTaker } from './take.ts'
import { inTurn } from './turns.ts'

/** What lake and log hold of a symbol; null: of all symbols. */
export interface HeldRows {
  /** Fixes what the log holds now; `day` then adds what the lake has in [from, to), event time in µs. */
  of(symbol: string | null): Promise<{ day(from: number, to: number): Promise<Held> }>
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
  /** Told now and then, for people who wait. */
  readonly advanced?: (advance: Advance) => void
  /** Told each rejected row, in the order of its file. */
  readonly rejected?: (row: RejectedRow) => void
}

export interface RejectedRow extends Rejection {
  readonly path: string
  /** As it stands in the file; its beginning, where it is too long. */
  readonly row: Uint8Array
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
  /** Rows that are sent or rejected, a second. */
  readonly rate?: RateLimit | undefined
}

export interface FileToLoad extends FileSubject {
  readonly path: string
  readonly kind: MarketTopic['kind']
  /** Why it cannot be loaded, where that is known before it is opened. */
  readonly fault?: string
}

export interface Rejection {
  readonly line: number
  readonly reason: string
}

export interface FileCounts {
  readonly read: number
  readonly sent: number
  /** Rows that lake or log held already. */
  readonly skipped: number
  readonly rejected: number
}

/** How far a file has come. */
export interface Advance extends FileCounts {
  readonly path: string
  readonly line: number
  readonly linesAll: number
}

export interface FileReport extends FileCounts {
  readonly path: string
  readonly kind: MarketTopic['kind']
  readonly symbol: string
  /** Loaded to its end before, so not read again. */
  readonly known: boolean
  /** Why it was not read to its end; null where it was. */
  readonly failed: string | null
  /** The first of its rejected rows. */
  readonly rejections: readonly Rejection[]
}

export interface Measured extends Ports {
  readonly metrics: LoaderMetrics
}

const NOTHING: Held = new Ids()
const NO_COUNTS: FileCounts = { read: 0, sent: 0, skipped: 0, rejected: 0 }
export function csvLoader(ports: Ports, settings: Settings) {
  const { registry, logger } = ports
  const metrics = loaderMetrics(ports.telemetry, settings.topic)

  /** Loads files one after the other; what has been sent stays sent when it is stopped. */
  async function load(files: readonly FileToLoad[], signal: AbortSignal): Promise<FileReport[]> {
    const schemaId = await registry.register(`${settings.topic.name}-value`, SCHEMAS[settings.topic.kind])
    const reports: FileReport[] = []
    for (const file of files) {
      const attributes = { 'k2.file': basename(file.path), 'k2.topic': settings.topic.name }
      const report = await traced('loader.file', () => loadCounted(schemaId, file, signal), { attributes })
      const { rejections: _, ...told } = report
      if (report.failed === null) logger.info(told, outcomeOf(report))
      else logger.error(told, 'file failed')
      reports.push(report)
    }
    return reports
  }

  async function loadCounted(schemaId: number, file: FileToLoad, signal: AbortSignal): Promise<FileReport> {
    try {
      const report = file.fault
        ? reportOf(file, { failed: file.fault })
        : await loadFile({ ...ports, metrics }, settings, schemaId, file, signal)
      metrics.files(report.failed !== null ? 'failed' : report.known ? 'known' : 'loaded').add()
      return report
    } catch (error) {
      // A load that was stopped goes on another time, and so may one that something was away for.
      if (!signal.aborted && !mayPass(error)) metrics.files('failed').add()
      throw error
    }
  }

  return { load }
}

function outcomeOf({ known, read }: FileReport): string {
  if (known) return 'file was loaded before'
  return read === 0 ? 'file has no rows' : 'file loaded'
}

function reportOf(file: FileToLoad, more: Partial<FileReport>): FileReport {
  const { path, kind, symbol } = file
  return { path, kind, symbol, known: false, ...NO_COUNTS, failed: null, rejections: [], ...more }
}

/** What cannot be read is told; any other error is not the file's, and ends the load. */
function faultOf(error: unknown): string {
  if (codeOf(error) === 'INPUT_UNREADABLE') return (error as Error).message
  throw error
}

async function loadFile(
  ports: Measured,
  settings: Settings,
  schemaId: number,
  file: FileToLoad,
  signal: AbortSignal,
): Promise<FileReport> {
  const reader = KINDS[settings.topic.kind].reader(settings.venue.zone)
  let survey: Survey
  try {
    survey = await surveyOf(file.path)
    if (reader.preview) await preview(reader, file.path, survey.digest)
  } catch (error) {
    return reportOf(file, { failed: faultOf(error) })
  }
  const key = `${settings.topic.name}/${file.symbol}`
  return inTurn(ports.log, key, signal, () => loadSurveyed(ports, settings, schemaId, file, survey, reader, signal))
}

async function loadSurveyed(
  ports: Measured,
  settings: Settings,
  schemaId: number,
  file: FileToLoad,
  survey: Survey,
  reader: Reader<TimedRow>,
  signal: AbortSignal,
): Promise<FileReport> {
  const { topic, venue } = settings
  const kind = KINDS[topic.kind]
  const { digest } = survey
  const key = progressKey({ digest, exchange: venue.exchange, type: topic.kind, symbol: file.symbol })
  const prior = await priorProgress(ports.log, key)
  // Files without rows are all alike: that another one came to its end says nothing of this one.
  if (prior?.status === 'done') return reportOf(file, { known: prior.rows > 0 })

  const run = fileRun(ports, settings, file, { kind, schemaId, digest, key, signal })
  await run.note('running')
  ports.reached('loader.noted')
  // A file that was begun is always compared: part of it is in the log.
  const isCompared = settings.check || prior !== undefined
  const held = isCompared
    ? await ports.held.of(kind.symbolOf === null ? file.symbol : null)
    : { day: async () => NOTHING }
  const take = batchTaker({ run, kind, reader, held, file, settings, clock: ports.clock })
  let failed: string | null = null
  try {
    await takeLines(ports, file, survey, run, take, signal)
  } catch (error) {
    failed = faultOf(error)
  }
  await run.flush()
  if (failed === null) await run.note('done')
  ports.reached('loader.done')
  return reportOf(file, { ...run.counts, failed, rejections: run.rejections })
}

async function preview(reader: Reader<unknown>, path: string, digest: string): Promise<void> {
  for await (const lines of linesOf(path, digest)) {
    for (let i = 0; i < lines.count; i++) {
      const { text, fault } = lineAt(lines, i)
      const why = text.trim() === '' || fault !== null ? undefined : reader.preview!(text)
      if (why !== undefined) throw new K2Error('INPUT_UNREADABLE', `${path} ${why}`)
    }
  }
}

async function takeLines(
  { advanced }: Measured,
  file: FileToLoad,
  { digest, lines: linesAll }: Survey,
  run: FileRun,
  take: ReturnType<typeof batchTaker>,
  signal: AbortSignal,
): Promise<void> {
  const tell = (line: number) => advanced?.({ path: file.path, ...run.counts, line, linesAll })
  for await (const lines of linesOf(file.path, digest)) {
    try {
      await take(lines, signal, tell)
    } finally {
      run.count()
    }
    tell(lines.firstNumber + lines.count - 1)
  }
}

async function priorProgress(log: Log, key: string): Promise<FileProgress | undefined> {
  const entry = (await log.latest(LOADER_PROGRESS)).find((one) => one.key === key)
  return entry && decodeProgress(entry.value)
}
