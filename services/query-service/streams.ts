/**
 * Answers that are streams: at most so many at once, each message with a cursor that goes on behind it, and each end with
 * the reason and the last cursor.
 *
 *   replay  history at its own pace ─► what it covered
 *   follow  history up to now ─► live (follow.ts)
 *
 * Nothing is made before it is asked for, but for the page behind the one that is being sent.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Meta } from './answers.ts'
import { type Cursor, readCursor, writeCursor } from './core/cursor.ts'
import { spanMicros } from './core/pace.ts'
import type { StreamQuestion } from './core/streams.ts'
import { live } from './follow.ts'
import { type HistoryLimits, history, type StreamPorts } from './history.ts'
import { reasonsWith, withLedger } from './ledger.ts'
import { paced } from './paced.ts'
import { type Held, type Proof, placeOf, prepare, proofOf, release, secretOf, standing } from './prepare.ts'

/** A message of a stream. */
export interface Sent {
  readonly rows: number
  /** As the question says that rows are written. */
  readonly body: Uint8Array<ArrayBuffer>
  /** Goes on behind it. */
  readonly cursor: string
  readonly reasons: readonly string[]
  /** Of a follow: its history is behind it. */
  readonly live?: boolean
  /** Of a follow that is live: records of the log that it has not come to. */
  readonly lagRecords?: bigint
  /** Of a replay's last message. */
  readonly meta?: Meta
}

export interface StreamSettings {
  readonly streamsMax: number
  /** A stream with nothing to send says so this often. */
  readonly heartbeatMs: number
  /** Of a page of history, which is sorted as a whole; three of them are in memory. */
  readonly pageRows: number
}

export interface Ends {
  /** The client is gone. */
  readonly signal: AbortSignal
  /** The server is about to stop. */
  readonly stopping: AbortSignal
}

export type Stream = AsyncGenerator<Sent, void>
export type OpenStream = (question: StreamQuestion, ends: Ends) => Stream

/** A page that is paced waits in memory. */
const PACED_PAGE_ROWS_MAX = 5_000

export interface StreamTold {
  readonly sent: (rows: number) => void
  readonly failed: (error: unknown) => void
  readonly ended: () => void
}

export interface OpeningPorts extends StreamPorts {
  readonly told: (question: StreamQuestion) => StreamTold
}

export function streams(ports: OpeningPorts, settings: StreamSettings): OpenStream {
  let open = 0
  return async function* stream(question, { signal, stopping }) {
    const { streamsMax: max } = settings
    if (open >= max)
      throw new K2Error('OVERLOADED', `${max} streams are open, the most at once. Ask again in a moment.`, { max })
    open++
    const told = ports.told(question)
    let cursor = question.cursor ?? ''
    const until = AbortSignal.any([signal, stopping])
    try {
      until.throwIfAborted()
      const messages = question.stream === 'replay' ? replay : follow
      for await (const sent of messages(ports, question, settings, until)) {
        yield sent
        cursor = sent.cursor
        told.sent(sent.rows)
        if (stopping.aborted) throw stopping.reason
      }
    } catch (error) {
      told.failed(error)
      throw ended(error, cursor)
    } finally {
      told.ended()
      open--
    }
  }
}

/** With the place to go on from: what was sent may not all have arrived, but whoever has it knows its own cursor. */
function ended(error: unknown, cursor: string): unknown {
  if (!(error instanceof K2Error) || cursor === '' || error.retry !== 'later') return error
  const sentence = `${error.message.replace(/\.?$/, '.')} Go on with the cursor of the last message that you took.`
  return new K2Error(error.code, sentence, { ...error.details, cursor }, error)
}

type Begun = { readonly place: Cursor; readonly proof?: Proof }

/** Where the cursor says, or at what there is now. */
async function begin(held: Held, { cursor, ...question }: StreamQuestion, signal: AbortSignal): Promise<Begun> {
  const { digest } = question
  if (cursor !== undefined) return { place: readCursor(cursor, digest, secretOf(standing([held]))) }
  const prepared = await prepare([held], question, signal)
  try {
    return { place: placeOf(prepared, digest), proof: proofOf(prepared.parts) }
  } finally {
    release(prepared)
  }
}

async function* replay(
  ports: StreamPorts,
  { cursor, ...question }: StreamQuestion,
  settings: StreamSettings,
  signal: AbortSignal,
): Stream {
  const startMs = performance.now()
  const held = ports.tables[question.kind]
  const begun = await begin(held, { ...question, ...(cursor !== undefined && { cursor }) }, signal)
  const reasons = new Set(begun.proof?.reasons)
  let { proof } = begun
  let count = 0
  let at = cursor ?? ''
  const waitFor = paced(ports.clock, question.speed, settings.heartbeatMs, signal)
  for await (const page of history(ports, question, begun.place, limitsOf(question, settings), signal)) {
    for (const reason of page.proof.reasons) reasons.add(reason)
    proof = page.proof
    for (const batch of page.batches) {
      for await (const _ of waitFor(batch)) yield heartbeat(at)
      at = batch.cursor
      count += batch.rows
      yield { rows: batch.rows, body: batch.body, cursor: at, reasons: [...reasons].sort() }
    }
  }
  const told = { ...proof!, complete: reasons.size === 0, reasons: [...reasons].sort() }
  const elapsedMs = performance.now() - startMs
  const whole: Meta = { ...told, count, hasMore: false, nextCursor: null, elapsedMs, stages: {} }
  const meta = withLedger(ports.ledger, question, whole)
  yield { ...heartbeat(at), reasons: meta.reasons, meta }
}

const heartbeat = (cursor: string): Sent => ({ rows: 0, body: new Uint8Array(), cursor, reasons: [] })

function limitsOf({ speed, batchRows }: StreamQuestion, { pageRows }: StreamSettings): HistoryLimits {
  const span = spanMicros(speed)
  if (span === undefined) return { pageRows, rows: batchRows, isAhead: true }
  return { pageRows: Math.min(pageRows, PACED_PAGE_ROWS_MAX), rows: batchRows, spanMicros: span, isAhead: false }
}

async function* follow(
  ports: StreamPorts,
  { cursor, ...question }: StreamQuestion,
  settings: StreamSettings,
  signal: AbortSignal,
): Stream {
  const held = ports.tables[question.kind]
  const begun = await begin(held, { ...question, ...(cursor !== undefined && { cursor }) }, signal)
  // What was not to be had yet comes live.
  const place = { ...begun.place, reasons: [] }
  const secret = secretOf(standing([held]))
  const isLive = place.from !== null || question.filter.fromMicros === undefined
  const offsets = place.from ?? place.to
  if (!isLive) {
    yield heartbeatOf(writeCursor(place, secret))
    for await (const { batches, proof } of history(ports, question, place, limitsOf(question, settings), signal))
      for (const { rows, body, cursor } of batches) {
        const reasons = reasonsWith(ports.ledger, question, proof.reasons, proof.offsets)
        yield { rows, body, cursor, reasons, live: false }
      }
  }
  const write = (from: Cursor['to']) =>
    writeCursor({ ...place, from, to: new Map(), holesId: null, reasons: [], fromMicros: null, key: null }, secret)
  yield* live(ports, question, offsets, { heartbeatMs: settings.heartbeatMs, write }, signal)
}

const heartbeatOf = (cursor: string): Sent => ({ ...heartbeat(cursor), live: false })
