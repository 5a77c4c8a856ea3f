/** Answers that took long: a line of the log each, with where the time went and what was read for them. */
import type { Logger } from '@k2/service/logger.ts'
import type { Answer } from './answers.ts'
import { readsTold } from './core/explain.ts'
import type { Question } from './core/question.ts'

export interface SlowPorts {
  readonly logger: Logger
  readonly slowMs: number
  readonly slow: (kind: Question['kind']) => void
}

export function noteSlow({ logger, slowMs, slow }: SlowPorts, question: Question, { meta, reads }: Answer): void {
  if (meta.elapsedMs < slowMs) return
  slow(question.kind)
  const stages = Object.entries(meta.stages).map(([stage, ms]) => [stage, Math.round(ms * 10) / 10])
  const told = {
    query: question.kind,
    source: question.source,
    elapsed_ms: Math.round(meta.elapsedMs),
    rows: meta.count,
    stages_ms: Object.fromEntries(stages),
    ...(reads && { plan: readsTold(reads) }),
  }
  logger.warn(told, 'slow answer')
}

/** An answer with the time for which its question had to wait. */
export function afterWaiting(answer: Answer, waitMs: number): Answer {
  const { meta } = answer
  return { ...answer, meta: { ...meta, elapsedMs: meta.elapsedMs + waitMs, stages: { wait: waitMs, ...meta.stages } } }
}
