/**
 * What has been read of one file, and the records and letters that wait to be sent. Letters, records, progress, in that
 * order: a crash between repeats and never skips.
 */
import { encodeLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { deadLetterTopic, LOADER_PROGRESS } from '@k2/contracts/topics.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { NewRecord } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import type { Line } from './adapters/source.ts'
import type { FileToLoad, Measured, Rejection, Settings } from './compose.ts'
import type { RowFault, TimedRow } from './core/asx.ts'
import type { RowKind } from './core/kinds.ts'
import { encodeProgress, type FileProgress } from './core/progress.ts'

/** Of a file, kept for its report; the dead-letter topic has all. */
export const REJECTIONS_KEPT = 20
const PACE_MS = 20
/** A wait for the rate is worth a timer from here on. */
const WAIT_MS = 20
/** With a low rate, rows must not wait until an append is full. */
const SLOW_FLUSH_MS = 1_000

export interface RunIdentity {
  readonly kind: RowKind
  readonly schemaId: number
  readonly digest: string
  readonly key: string
  readonly signal: AbortSignal
}

export type FileRun = ReturnType<typeof fileRun>

/** A letter may hold 64 KiB of its line. */
const LETTERS_MAX = 200

export function fileRun(ports: Measured, settings: Settings, file: FileToLoad, run: RunIdentity) {
  const { log, clock, metrics } = ports
  const { topic, venue } = settings
  const { kind, signal } = run
  const counts = { read: 0, sent: 0, skipped: 0, rejected: 0 }
  const rejections: Rejection[] = []
  let counted = { read: 0, skipped: 0 }
  let records: NewRecord[] = []
  let letters: NewRecord[] = []
  let faults: RowFault['code'][] = []
  let ingestionMicros = clock.nowMicros()

  async function note(status: FileProgress['status']): Promise<void> {
    const { read: rows, ...others } = counts
    const logEnd = kind.symbolOf === null ? await endOf(ports, settings, file.symbol) : null
    const progress: FileProgress = { path: file.path, status, rows, ...others, logEnd }
    await log.append(LOADER_PROGRESS, [{ key: run.key, value: encodeProgress(progress) }])
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

  /** A promise only where it waits: rows are many. */
  function full(): Promise<void> | undefined {
    const isFull = records.length + letters.length >= settings.appendRows || letters.length >= LETTERS_MAX
    return isFull ? flush() : undefined
  }

  return {
    counts,
    rejections,
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
      letters.push(letterOf(file.path, run.digest, line, reason))
      if (rejections.length < REJECTIONS_KEPT) rejections.push({ line: line.number, reason })
      return full()
    },
    send(row: TimedRow, symbol: string, messageId: string, sequence: bigint) {
      counts.read++
      counts.sent++
      const sending = { venue, subject: file, messageId, sequence, ingestionMicros, prefixBytes: FRAME_BYTES }
      const value = kind.encode(row, sending)
      writeFrame(value, 0, run.schemaId)
      records.push({ key: symbol, value })
      return full()
    },
    /** Waits as --rate wants it, with what was read sent before it waits for long. */
    async keepRate(waitMs: number) {
      if (waitMs < WAIT_MS) return
      if (clock.nowMicros() - ingestionMicros > SLOW_FLUSH_MS * 1_000) await flush()
      await clock.sleep(waitMs, signal)
    },
  }
}

async function endOf({ log }: Measured, { topic }: Settings, symbol: string): Promise<bigint> {
  const partition = partitionOf(Buffer.from(symbol), topic.partitions)
  return (await log.ranges([topic.name])).find((one) => one.partition === partition)!.to
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
