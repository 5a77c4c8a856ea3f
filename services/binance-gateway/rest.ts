/**
 * The venue's requests, one at a time, within its weights: another host where one fails, a wait where the venue asks for one.
 *
 *   units   ms
 *   errors  an answer that did not come has no bytes; the reason is told
 */
import type { Clock } from '@k2/service/clock.ts'
import { CircuitOpen, type Guard } from '@k2/service/guard.ts'
import type { Answer, Ask } from './adapters/requests.ts'
import type { TradeKind } from './core/subject.ts'
import type { FeedVenue, Weights } from './core/venue.ts'
import { WeightBudget } from './core/weight.ts'

const [BAD_REQUEST, TOO_MANY, BANNED] = [400, 429, 418]
/** A wait for weight is at most a minute; a longer one is a ban, and whoever asks should hear of it. */
const WAIT_MS_MAX = 61_000

class Unanswered extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(answer.why)
    this.answer = answer
  }
}

export const isUnanswered = (error: unknown): boolean => error instanceof Unanswered

export interface Asked {
  readonly bytes?: Uint8Array
  /** When it was sent, by our clock. */
  readonly sentMicros?: number
  /** The venue refused the request (4xx): asking that host again is no use. */
  readonly refused?: string
}

export interface Rest {
  ask(kind: keyof Weights, path: string, signal: AbortSignal): Promise<Asked>
  /** Why the last answer did not come. */
  readonly trouble: string | undefined
  readonly hidesPast: boolean
}

/** As many as are shown at once. */
const PAST_MAX = 1_000

/** Past trades of a symbol: the latest ones, or those from an id on; where the venue hides these the latest ones, below that id too. */
export function pastTrades(
  tradeKind: TradeKind,
  symbol: string,
  { from, limit }: { readonly from: number | undefined; readonly limit: number },
  hidesPast: boolean,
): { readonly kind: 'historicalTrades' | 'trades' | 'aggTrades'; readonly path: string } {
  if (hidesPast && tradeKind === 'trade') {
    const count = from === undefined ? limit : PAST_MAX
    return { kind: 'trades', path: `/api/v3/trades?symbol=${encodeURIComponent(symbol)}&limit=${count}` }
  }
  const kind = tradeKind === 'trade' ? 'historicalTrades' : 'aggTrades'
  const fromId = from === undefined ? '' : `&fromId=${from}`
  return { kind, path: `/api/v3/${kind}?symbol=${encodeURIComponent(symbol)}${fromId}&limit=${limit}` }
}

export interface RestParts {
  readonly ask: Ask
  readonly clock: Clock
  /** Its circuit, of all its hosts together: made with `isUnanswered`. */
  readonly guard: Guard
  readonly failed: (why: string) => void
}

export function restOf(venue: FeedVenue, { ask, clock, guard, failed }: RestParts): Rest {
  const budget = new WeightBudget(venue.weightMax)
  let host = 0
  let turn: Promise<unknown> = Promise.resolve()
  let trouble: string | undefined

  async function one(kind: keyof Weights, path: string, signal: AbortSignal): Promise<Asked> {
    for (let waitMs = budget.take(venue.weights[kind], clock.nowMs()); waitMs > 0; ) {
      if (waitMs > WAIT_MS_MAX) return {}
      await clock.sleep(waitMs, signal)
      waitMs = budget.take(venue.weights[kind], clock.nowMs())
    }
    const sentMicros = clock.nowMicros()
    const answer = await through(() => ask(venue.requests[host % venue.requests.length]!, path, signal))
    if (answer === undefined) return {}
    if (answer.usedWeight !== undefined) budget.counted(answer.usedWeight)
    return { ...taken(answer), sentMicros }
  }

  /** undefined: it was not asked. */
  async function through(work: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await guard.once(async () => {
        const answer = await work()
        if (answer.status === 0 || answer.status >= 500) throw new Unanswered(answer)
        return answer
      })
    } catch (error) {
      if (error instanceof Unanswered) return error.answer
      if (!(error instanceof CircuitOpen)) throw error
      trouble = error.message
      return undefined
    }
  }

  function taken({ status, bytes, why, retryAfterSeconds }: Answer): Asked {
    if (status === 200) {
      trouble = undefined
      return { bytes }
    }
    trouble = why
    failed(why)
    if (status === TOO_MANY || status === BANNED) budget.refused(retryAfterSeconds, clock.nowMs())
    else {
      // Whoever is refused for where he comes from, or by a wall before the venue, may be heard at another door.
      if (status !== BAD_REQUEST) host++
      if (status >= 400 && status < 500) return { refused: why }
    }
    return {}
  }

  return {
    ask(kind, path, signal) {
      const mine = turn.then(() => one(kind, path, signal))
      turn = mine.catch(() => {})
      return mine
    },
    hidesPast: venue.hidesPast,
    get trouble() {
      return trouble
    },
  }
}
