/**
 * How each thing outside of us is asked: the one table of retries, circuits and deadlines. Adapters take theirs from here
 * (guard.ts); what may be tried again at all is the error's own word (retry.ts), and what is sent once stays sent once: a
 * commit, whose outcome only the table can tell.
 *
 *   units   ms
 */
import type { Code } from '@k2/contracts/codes.ts'

export interface RetryBudget {
  /** Tries in all, the first included. */
  readonly attemptsMax: number
  readonly baseDelayMs: number
  readonly delayMsMax: number
  /** No try begins later than this after the first; the signal given to the work aborts then. */
  readonly totalMsMax: number
}

export interface Policy {
  /** Of the error while its circuit is open. */
  readonly code: Code
  readonly retries: RetryBudget
  /** So many exchanges in a row without an answer open its circuit; any answer, a refusal too, begins the count anew. */
  readonly failuresToOpen: number
  /** Then nothing is asked of it for so long, and after it one exchange tells whether it is back. */
  readonly openMs: number
  /** Of one exchange. */
  readonly deadlineMs: number
  /** Of a connection; within the deadline where there is none of its own. */
  readonly connectMs?: number
  readonly why: string
}

/** SPEC "iceberg-sink": transient errors retry 3 times from 100 ms, doubling to 10 s. Steps of a service, too. */
export const TRANSIENT: RetryBudget = { attemptsMax: 4, baseDelayMs: 100, delayMsMax: 10_000, totalMsMax: 60_000 }
const ONCE: RetryBudget = { attemptsMax: 1, baseDelayMs: 0, delayMsMax: 0, totalMsMax: Number.POSITIVE_INFINITY }
/** Until a deadline that settings give: K2_KAFKA_DEADLINE, K2_KAFKA_APPEND_DEADLINE. */
const PATIENT: RetryBudget = { ...ONCE, attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 50, delayMsMax: 1_000 }

const VENUE: Policy = {
  code: 'NOT_READY',
  retries: ONCE,
  failuresToOpen: 5,
  openMs: 30_000,
  deadlineMs: 10_000,
  why: 'What is missing is asked for again by who misses it, at another host and with pauses of its own, within the venue’s weights.',
}

// biome-ignore format: a table reads by its columns
export const POLICIES = {
  kafka: {
    code: 'LOG_UNAVAILABLE', retries: PATIENT, failuresToOpen: 10, openMs: 2_000, deadlineMs: 30_000, connectMs: 5_000,
    why: 'Brokers come and go, and whoever appends or reads waits for them: what is open says that nothing is sent meanwhile. Leaders that move are answers. A short circuit, so that none of its deadlines is spent waiting for it.',
  },
  registry: {
    code: 'LOG_UNAVAILABLE', retries: { ...TRANSIENT, totalMsMax: 15_000 }, failuresToOpen: 5, openMs: 5_000, deadlineMs: 5_000,
    why: 'It is asked for what is not known yet, before any record of it can be read or written.',
  },
  catalog: {
    code: 'LAKE_UNAVAILABLE', retries: TRANSIENT, failuresToOpen: 5, openMs: 5_000, deadlineMs: 30_000,
    why: 'Only what asks is tried again: a commit is sent once. The sink begins anew every 10 s, and finds the circuit ready for its next try.',
  },
  store: {
    code: 'LAKE_UNAVAILABLE', retries: { ...TRANSIENT, totalMsMax: 240_000 }, failuresToOpen: 16, openMs: 5_000, deadlineMs: 60_000, connectMs: 5_000,
    why: 'Eight requests are on their way at once, and one hiccup fails them all: twice as many open it. Files are immutable, so that each may be sent again.',
  },
  redis: {
    code: 'STORE_UNAVAILABLE', retries: { ...TRANSIENT, attemptsMax: 6, delayMsMax: 2_000, totalMsMax: 15_000 }, failuresToOpen: 12, openMs: 5_000, deadlineMs: 10_000, connectMs: 5_000,
    why: 'A restart takes a second or two. Beyond that nobody is held up: all it holds is in the log.',
  },
  issuer: {
    code: 'NOT_READY', retries: ONCE, failuresToOpen: 3, openMs: 10_000, deadlineMs: 5_000,
    why: 'Of tokens: its keys are kept, and fetched again beside the questions. A token of an unknown key waits for one exchange.',
  },
  binance: VENUE,
  // Another venue, asked where the first does not answer.
  binanceus: VENUE,
} as const satisfies Record<string, Policy>

export type Dependency = keyof typeof POLICIES

/** Of a connection that stays: SPEC "binance-gateway"; its states are core/connection.ts. */
export const STREAM_CONNECTION = {
  firstWaitMs: 5_000,
  waitMsMax: 60_000,
  failuresMax: 10,
  circuitMs: 60_000,
  hostFailuresMax: 2,
} as const
