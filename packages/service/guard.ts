/**
 * A dependency as its adapter asks it: each exchange through its circuit, and what may be tried again within its budget. By
 * its policy (policies.ts).
 *
 *   again ─► retry ─► once ─► circuit ─► the exchange
 *
 * An open circuit refuses before anything is sent, and no exchange's own outcome is changed: what is not known stays so.
 *
 *   errors  those of the work; CircuitOpen, which is not tried again but by who begins anew
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { type BreakerState, CLOSED, leftMs, step } from './breaker.ts'
import { type Clock, realClock } from './clock.ts'
import { type Dependency, POLICIES, type Policy, type RetryBudget } from './policies.ts'
import { isTransient, retry, settled } from './retry.ts'

export interface Guard {
  readonly policy: Policy
  /** One exchange. */
  once<T>(work: () => Promise<T>): Promise<T>
  /** What may be sent again. */
  again<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
  state(): BreakerState
  /** Why nothing is asked, as a sentence. */
  trouble(): string | undefined
}

export interface GuardOptions {
  readonly clock?: Clock
  readonly random?: () => number
  /** In place of the policy's. */
  readonly policy?: Partial<Policy>
  readonly retries?: Partial<RetryBudget>
  /** Whether an error says that there was no answer; by default that of our own errors which may pass. */
  readonly isFailure?: (error: unknown) => boolean
  readonly told?: (event: GuardEvent) => void
}

export type GuardEvent =
  | { readonly kind: 'state'; readonly state: BreakerState; readonly trouble: string | undefined }
  | { readonly kind: 'failed' }
  | { readonly kind: 'retried' }

export class CircuitOpen extends K2Error {}

const SECOND_MS = 1_000

export function guard(dependency: Dependency, options: GuardOptions = {}): Guard {
  const { clock = realClock, random = Math.random, isFailure = isUnanswered, told = () => {} } = options
  const policy: Policy = { ...POLICIES[dependency], ...options.policy }
  const budget = { ...policy.retries, ...options.retries }
  let circuit = CLOSED
  let lastWhy = ''
  let trial: Promise<unknown> | undefined

  function move(event: Parameters<typeof step>[1]): void {
    const before = circuit.state
    circuit = step(circuit, event, clock.nowMs(), policy)
    if (circuit.state !== before) told({ kind: 'state', state: circuit.state, trouble: trouble() })
  }

  function trouble(): string | undefined {
    if (circuit.state === 'CLOSED') return undefined
    const isOpen = circuit.state === 'OPEN'
    const seconds = Math.ceil(leftMs(circuit, clock.nowMs(), policy) / SECOND_MS)
    const then = isOpen ? `nothing is asked of it for ${seconds} s` : 'one exchange is on its way to tell'
    return `the circuit of ${dependency} is ${circuit.state} after ${circuit.failures} failures in a row, and ${then}. The last one: ${lastWhy}`
  }

  /** Its cause first, and the same at any time: it may be said often. */
  function refusal(): CircuitOpen {
    const why = `${lastWhy} (The circuit of ${dependency} is ${circuit.state}: nothing is asked of it for now.)`
    return new CircuitOpen(policy.code, why, { dependency })
  }

  async function exchange<T>(work: () => Promise<T>, prefix: '' | 'trial-'): Promise<T> {
    try {
      const answer = await work()
      move(`${prefix}answered`)
      return answer
    } catch (error) {
      const isLost = isFailure(error)
      if (isLost) {
        lastWhy = error instanceof Error ? error.message : String(error)
        told({ kind: 'failed' })
      }
      move(`${prefix}${isLost ? 'failed' : 'answered'}`)
      throw error
    }
  }

  async function once<T>(work: () => Promise<T>): Promise<T> {
    // Who comes while the trial is on its way hears how it ends: it has a deadline, as every exchange.
    if (circuit.state === 'HALF_OPEN') await trial?.catch(() => {})
    const before = circuit.state
    move('asked')
    if (circuit.state === 'CLOSED') return exchange(work, '')
    if (before === circuit.state) throw settled(refusal())
    const mine = exchange(work, 'trial-')
    trial = mine
    return mine
  }

  return {
    policy,
    once,
    again: (work, signal) =>
      retry(() => once(work), {
        ...budget,
        ...(signal && { signal }),
        ...{ clock, random },
        onRetry: () => told({ kind: 'retried' }),
      }),
    state: () => circuit.state,
    trouble,
  }
}

/** A conflict, to be tried again now, is an answer. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof K2Error && (error.retry === 'unknown-outcome' || (error.retry === 'later' && isTransient(error)))

/** Makes the guard of a dependency, told to whoever watches a process. */
export type GuardOf = (dependency: Dependency, options?: Pick<GuardOptions, 'isFailure' | 'retries'>) => Guard
