/** Questions as metrics: how many, how long, how much, and how often an answer was not complete. */
import { codeOf } from '@k2/contracts/codes.ts'
import type { HeldMemory } from '@k2/lake/memory.ts'
import type { Clock } from '@k2/service/clock.ts'
import { asking, countRows } from '@k2/service/correlation.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import type { Answer } from './answers.ts'
import type { Question } from './core/question.ts'
import type { StreamQuestion } from './core/streams.ts'
import type { Watch } from './limit.ts'
import type { StreamTold } from './streams.ts'

const COMPONENT = 'query'

export function answerMetrics(telemetry: Telemetry) {
  const tail = telemetry.gauge('k2_query_tail_rows', {
    component: COMPONENT,
    exchange: 'all',
    asset_class: 'all',
    topic: 'all',
  })
  const inFlight = telemetry.gauge('k2_query_in_flight_executions', { component: COMPONENT })
  const waiting = telemetry.gauge('k2_query_waiting_executions', { component: COMPONENT })
  const wait = telemetry.histogram('k2_query_wait_seconds', { component: COMPONENT })
  const turns: Watch = {
    queue(running, behind) {
      inFlight.set(running)
      waiting.set(behind)
    },
    waited: (ms) => wait.observe(ms / 1000),
  }

  const answered = new Map<Question['kind'], number>()

  async function answer({ kind, source }: Question, work: () => Promise<Answer>): Promise<Answer> {
    const labels = { component: COMPONENT, query: kind, source }
    const stop = telemetry.histogram('k2_query_duration_seconds', labels).time()
    let outcome = 'failed'
    try {
      const done = await work()
      outcome = 'answered'
      answered.set(kind, (answered.get(kind) ?? 0) + 1)
      telemetry.counter('k2_query_rows_total', labels).add(done.meta.count)
      countRows(done.meta.count)
      for (const reason of done.meta.reasons)
        telemetry.counter('k2_query_incomplete_total', { component: COMPONENT, query: kind, reason }).add()
      return done
    } catch (error) {
      telemetry.counter('k2_query_errors_total', { component: COMPONENT, query: kind, code: codeOf(error) }).add()
      throw error
    } finally {
      stop()
      telemetry.counter('k2_query_executions_total', { ...labels, outcome }).add()
    }
  }

  /** Of a stream, from its begin to its end. */
  const stream = ({ stream: query, source }: StreamQuestion): StreamTold => {
    const open = telemetry.gauge('k2_query_open_streams', { component: COMPONENT, query })
    const rows = telemetry.counter('k2_query_rows_total', { component: COMPONENT, query, source })
    // Messages are taken by the socket's events, which know no call.
    const call = asking()
    open.add(1)
    return {
      sent(count) {
        rows.add(count)
        countRows(count, call)
      },
      failed: (error) =>
        telemetry.counter('k2_query_errors_total', { component: COMPONENT, query, code: codeOf(error) }).add(),
      ended: () => open.add(-1),
    }
  }

  /** Rows of each tail; the gauge has their sum. */
  const held = new Map<string, number>()
  const tailRows = (table: string, rows: number): void => {
    held.set(table, rows)
    tail.set([...held.values()].reduce((sum, of) => sum + of, 0))
  }

  const slow = (kind: Question['kind']): void =>
    telemetry.counter('k2_query_slow_executions_total', { component: COMPONENT, query: kind }).add()

  return { answer, answered, tailRows, turns, slow, stream }
}

/** What is kept for the next question; nothing once its worker is gone. */
export function watchKept(telemetry: Telemetry, held: () => Promise<Readonly<Record<string, HeldMemory>>>): void {
  telemetry.onScrape(async () => {
    for (const [kind, { bytes, bytesMax }] of Object.entries(await held().catch(() => ({})))) {
      telemetry.gauge('k2_query_kept_bytes', { component: COMPONENT, kind }).set(bytes)
      telemetry.gauge('k2_query_kept_max_bytes', { component: COMPONENT, kind }).set(bytesMax)
    }
  })
}

/** How old the snapshot is that answers begin from; nothing while there is none. */
export function watchSnapshot(
  telemetry: Telemetry,
  table: string,
  committedAtMs: () => number | null,
  clock: Clock,
): void {
  const age = telemetry.gauge('k2_query_snapshot_age_seconds', { component: COMPONENT, table })
  telemetry.onScrape(() => {
    const atMs = committedAtMs()
    if (atMs !== null) age.set(Math.max(0, clock.nowMs() - atMs) / 1000)
  })
}
