/**
 * What one door does to the events of its market: leaves some out, sends some twice or out of order, or is silent.
 *
 *   shape   (event) -> the events that are sent in its place
 *   units   ms of the exchange's clock
 *
 * Trades and aggregates of them are counted apart, since nobody listens to both.
 */
import type { MarketEvent } from './event.ts'
import type { FaultOf } from './faults.ts'
import type { Market } from './market.ts'

interface State {
  gaps: number
  isLost: boolean
  repeats: number
  reorders: number
  readonly held: MarketEvent[]
}

export interface Disturbance {
  apply(event: MarketEvent, nowMs: number): readonly MarketEvent[]
  add(fault: FaultOf<'gap' | 'repeat' | 'reorder'>): void
  silence(symbol: string | undefined, untilMs: number): void
  /** Ends all of it; gives what was held. */
  clear(): readonly MarketEvent[]
}

const EVERY = ''
const KINDS = ['trade', 'aggTrade'] as const

export function createDisturbance(market: Pick<Market, 'history'>): Disturbance {
  const states = new Map<string, State>()
  const silentUntilMs = new Map<string, number>()

  function apply(event: MarketEvent, nowMs: number): readonly MarketEvent[] {
    if (states.size === 0 && silentUntilMs.size === 0) return [event]
    const untilMs = Math.max(silentUntilMs.get(event.symbol) ?? 0, silentUntilMs.get(EVERY) ?? 0)
    if (nowMs < untilMs) return []
    const state = states.get(`${event.kind} ${event.symbol}`)
    return state === undefined ? [event] : disturbed(state, event)
  }

  function disturbed(state: State, event: MarketEvent): readonly MarketEvent[] {
    if (state.gaps > 0) {
      state.gaps--
      if (state.isLost && event.kind === 'trade') market.history(event.symbol).lose(event.id)
      return []
    }
    if (state.reorders > 0) {
      state.held.push(event)
      return --state.reorders > 0 ? [] : state.held.splice(0).reverse()
    }
    if (state.repeats === 0) return [event]
    state.repeats--
    return [event, event]
  }

  function add(fault: FaultOf<'gap' | 'repeat' | 'reorder'>): void {
    for (const kind of KINDS) {
      const key = `${kind} ${fault.symbol}`
      const state = states.get(key) ?? { gaps: 0, isLost: false, repeats: 0, reorders: 0, held: [] }
      states.set(key, state)
      if (fault.kind === 'gap') {
        state.gaps += fault.count ?? 1
        state.isLost = fault.isLost ?? false
      } else if (fault.kind === 'repeat') state.repeats += fault.count ?? 1
      else state.reorders += fault.count ?? 2
    }
  }

  return {
    apply,
    add,
    silence: (symbol, untilMs) => silentUntilMs.set(symbol ?? EVERY, untilMs),
    clear() {
      const held = [...states.values()].flatMap((state) => state.held)
      states.clear()
      silentUntilMs.clear()
      return held
    },
  }
}
