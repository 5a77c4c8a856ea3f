/**
 * Markets made up, one beside the other in order of time.
 *
 *   shape   (seed, symbols, start) -> events from the start on, without end
 */
import type { MarketEvent } from './event.ts'
import type { SymbolFacts } from './symbols.ts'
import { ordersOf } from './tape.ts'

export interface GeneratorOptions {
  readonly seed: number
  readonly venue: string
  readonly symbols: readonly SymbolFacts[]
  /** Of takers, for each symbol; an order makes 1.5 trades on average. */
  readonly ordersPerSecond: number
  readonly quotesPerOrder: number
  /** Trades name buyer's and seller's order, as they did until June 2024. */
  readonly hasOrderIds: boolean
}

const BATCH_EVENTS = 64

export function* generated(options: GeneratorOptions, startMicros: number): Generator<readonly MarketEvent[]> {
  const tapes = options.symbols.map((facts) => {
    const orders = ordersOf(facts, options, startMicros)
    return { orders, events: orders.next().value, at: 0 }
  })
  for (;;) {
    const batch: MarketEvent[] = []
    while (batch.length < BATCH_EVENTS) {
      let first = tapes[0]!
      for (const each of tapes) if (each.events[each.at]!.atMicros < first.events[first.at]!.atMicros) first = each
      const event = first.events[first.at]!
      // A tape begins with its segment.
      if (event.atMicros >= startMicros) batch.push(event)
      if (++first.at < first.events.length) continue
      first.events = first.orders.next().value
      first.at = 0
    }
    yield batch
  }
}
