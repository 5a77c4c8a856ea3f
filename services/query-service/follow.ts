/**
 * Records of the log as they come: asked for again and again, of each partition what lies behind the offsets already given,
 * of the tail, or of the lake where it has landed meanwhile. Nothing is queued: what a client has not taken is asked for
 * later.
 *
 *   tail moves ─► ends ─► range (bounded) ─► worker ─► a message in the log's order
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { TopicPartition } from '@k2/lake/table.ts'
import { isAsked } from './core/cover.ts'
import type { Cursor } from './core/cursor.ts'
import { behindBy, endsOf, nextEnds, type Offsets } from './core/live.ts'
import type { StreamQuestion } from './core/streams.ts'
import { askBatches, patiently, type StreamPorts } from './history.ts'
import { reasonsWith } from './ledger.ts'
import { checkWhole, goOn, type Held, type Part, release } from './prepare.ts'
import type { Sent, Stream } from './streams.ts'

/** Between two looks: records that come within it go together. */
const PAUSE_MS = 25
/** Looks take no more than a part of the time, however dear they are. */
const PAUSE_TIMES = 3

export interface LiveOptions {
  readonly heartbeatMs: number
  /** The cursor that goes on from here. */
  readonly write: (at: Offsets) => string
}

export async function* live(
  ports: StreamPorts,
  question: StreamQuestion,
  from: Offsets,
  { heartbeatMs, write }: LiveOptions,
  signal: AbortSignal,
): Stream {
  const { clock } = ports
  const held = ports.tables[question.kind]
  let at = from
  const message = (rest: Pick<Sent, 'rows' | 'body' | 'reasons'>, ends: Offsets): Sent => {
    const reasons = reasonsWith(ports.ledger, question, rest.reasons, at)
    return { ...rest, reasons, cursor: write(at), live: true, lagRecords: behindBy(at, ends) }
  }
  yield message(NOTHING, endsNow(held, question))
  let saidMs = clock.nowMs()
  for (;;) {
    // Before the look: what moves behind it wakes.
    const changed = held.tail.changed()
    const ends = endsNow(held, question)
    const lookedMs = clock.nowMs()
    if (lookedMs - saidMs >= heartbeatMs) {
      yield message(NOTHING, ends)
      saidMs = clock.nowMs()
    }
    if (behindBy(at, ends) === 0n) {
      await wokenBy(changed, ports, heartbeatMs, signal)
      continue
    }
    const to = nextEnds(at, ends, question.batchRows)
    const some = await patiently(ports, signal, (patience) => between(ports, question, at, to, patience))
    const pauseMs = Math.max(PAUSE_MS, PAUSE_TIMES * (clock.nowMs() - lookedMs))
    at = to
    if (some.rows > 0) {
      yield message(some, ends)
      saidMs = clock.nowMs()
    }
    if (behindBy(at, ends) === 0n) await clock.sleep(pauseMs, signal)
  }
}

const NOTHING = { rows: 0, body: new Uint8Array(), reasons: [] }

function endsNow({ tail }: Held, { filter }: StreamQuestion): Offsets {
  const view = tail.view()
  view.release()
  return endsOf(view.head.progress, view.tail, (partition: TopicPartition) => isAsked(partition, filter))
}

async function wokenBy(changed: Promise<void>, { clock }: StreamPorts, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const timer = clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => {})
  await Promise.race([changed, timer])
  over.abort()
  signal.throwIfAborted()
}

/** Records of these offsets, however many of them have landed. */
async function between(ports: StreamPorts, question: StreamQuestion, from: Offsets, to: Offsets, signal: AbortSignal) {
  const held = ports.tables[question.kind]
  const place: Cursor = { digest: question.digest, from, to, holesId: null, reasons: [], fromMicros: null, key: null }
  const limit = Number(behindBy(from, to))
  const prepared = await goOn([held], { ...question, inLogOrder: true, limit }, place, signal)
  try {
    const [part] = prepared.parts as [Part]
    const { rows, batches } = await askBatches(ports, part, prepared.asked, { rows: limit }, signal)
    checkWhole(prepared)
    // More rows than offsets: the same records twice in lake or log.
    if (rows > limit) throw new K2Error('LAKE_DAMAGED', `There are more than ${limit} records of ${limit} offsets.`)
    return { rows, body: batches[0]?.body ?? new Uint8Array(), reasons: part.covered.reasons }
  } finally {
    release(prepared)
  }
}
