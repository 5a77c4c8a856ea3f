/**
 * What has been read of one file, and the records and letters that wait to be sent. Letters, records, progress, in that
 * order: a crash between repeats and never skips.
 */

import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { LOADER_PROGRESS } from '@k2/contracts/topics.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { UUID_CHARS, type Words, writeUuid } from '@k2/market/identity.ts'
import type { FileToLoad, Measured, Settings } from './compose.ts'
import type { RowFault, TimedRow } from './core/asx.ts'
import type { RowColumns } from './core/columns.ts'
import type { RowKind } from './core/kinds.ts'
import type { Line } from './core/lines.ts'
import { encodeProgress, type FileProgress } from './core/progress.ts'
import { letterBox } from './letters.ts'

const PACE_MS = 20
/** A wait for the rate is worth a timer from here on. */
const WAIT_MS = 20
/** Between two notes of a running file: they only save reading again, and each is a write to disk. */
const NOTE_EVERY_MS = 1_000
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

export function fileRun(ports: Measured, settings: Settings, file: FileToLoad, run: RunIdentity) {
  const { clock, metrics } = ports
  const counts = { read: 0, sent: 0, skipped: 0, rejected: 0 }
  const letters = letterBox(ports, settings, file, run.digest)
  const outgoing = new Outgoing(frameOf(run.schemaId))
  const write = run.kind.columns?.writer({ venue: settings.venue, subject: file })
  let counted = { read: 0, skipped: 0 }
  let ingestionMicros = clock.nowMicros()
  let notedMs = Number.NEGATIVE_INFINITY

  async function note(status: FileProgress['status']): Promise<void> {
    notedMs = clock.nowMs()
    const { read: rows, ...others } = counts
    const logEnd = run.kind.symbolOf === null ? await endOf(ports, settings, file.symbol) : null
    const progress: FileProgress = { path: file.path, status, rows, ...others, logEnd }
    await ports.log.append(LOADER_PROGRESS, [{ key: run.key, value: encodeProgress(progress) }])
  }

  async function flush(): Promise<void> {
    await letters.send()
    const count = outgoing.count
    if (count > 0) {
      await pace(ports, settings, run.signal)
      ports.reached('loader.before-append')
      await ports.log.append(settings.topic.name, outgoing.take())
      ports.reached('loader.appended')
      if (clock.nowMs() - notedMs >= NOTE_EVERY_MS) await note('running')
    }
    metrics.sent.add(count)
    ingestionMicros = clock.nowMicros()
  }

  /** A promise only where it waits: rows are many. */
  const full = (): Promise<void> | undefined =>
    outgoing.count + letters.count >= settings.appendRows || letters.isFull() ? flush() : undefined

  return {
    counts,
    rejections: letters.rejections,
    note,
    flush,
    /** Rows are many: they are counted by the batch of lines. */
    count() {
      metrics.read.add(counts.read - counted.read)
      metrics.skipped.add(counts.skipped - counted.skipped)
      counted = { ...counts }
    },
    skip(): undefined {
      counts.read++
      counts.skipped++
    },
    reject(line: Line, fault: RowFault) {
      counts.read++
      counts.rejected++
      letters.add(line, fault)
      return full()
    },
    /** Row `i` of the columns, whose texts lie in `bytes`. */
    sendRead(columns: RowColumns, i: number, bytes: Uint8Array, id: Words, sequence: number) {
      counts.read++
      counts.sent++
      write!(outgoing.keyed(file.symbol), columns, i, bytes, id, sequence, ingestionMicros)
      return full()
    },
    send(row: TimedRow, symbol: string, id: Words, sequence: number) {
      counts.read++
      counts.sent++
      const { venue } = settings
      const sending = { venue, subject: file, messageId: uuidText(id), sequence: BigInt(sequence), ingestionMicros }
      outgoing.keyed(symbol).add(run.kind.encode(row, sending))
      return full()
    },
    /** Waits as --rate wants it, with what was read sent before it waits for long. */
    async keepRate(waitMs: number) {
      if (waitMs < WAIT_MS) return
      if (clock.nowMicros() - ingestionMicros > SLOW_FLUSH_MS * 1_000) await flush()
      await clock.sleep(waitMs, run.signal)
    },
  }
}

function uuidText(id: Words): string {
  const text = Buffer.alloc(UUID_CHARS)
  writeUuid(text, 0, id)
  return text.toString('latin1')
}

function frameOf(schemaId: number): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES)
  writeFrame(frame, 0, schemaId)
  return frame
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
