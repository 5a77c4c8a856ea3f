/**
 * One venue's market: takes what its source makes, at its time, keeps the truth of it and tells the doors.
 *
 *   source ─► wait until it is due ─► history ─► doors
 *
 * The truth is written before anything is sent: whatever a client has seen is there.
 */
import type { Clock } from '@k2/service/clock.ts'
import { type AggregateEvent, type MarketEvent, type QuoteEvent, streamOf, type TradeEvent } from './event.ts'
import { History } from './history.ts'
import type { MarketView } from './rest.ts'
import type { SymbolFacts } from './symbols.ts'
import type { Venue } from './venues.ts'

/** Events in order of their time, from the moment of the clock at which it begins. */
export type Source = (startMicros: number) => AsyncIterable<readonly MarketEvent[]> | Iterable<readonly MarketEvent[]>

export type Listener = (stream: string, event: MarketEvent) => void

export interface Market extends MarketView {
  readonly venue: Venue
  listen(listener: Listener): void
  /**
   * Resolves when the source has come to its end; rejects with the signal's reason. What lies before its beginning is
   * truth that nobody saw; `live` is called behind it.
   */
  play(source: Source, live: () => void, signal: AbortSignal): Promise<void>
}

export interface MarketOptions {
  readonly venue: Venue
  readonly symbols: readonly SymbolFacts[]
  readonly clock: Clock
  readonly tradesKeptMax: number
}

/** So many may be sent before sockets have a turn. */
const EVENTS_A_TURN = 500

export function createMarket({ venue, symbols, clock, tradesKeptMax }: MarketOptions): Market {
  const histories = new Map(symbols.map(({ symbol }) => [symbol, new History(tradesKeptMax)]))
  const quotes = new Map<string, QuoteEvent>()
  const listeners: Listener[] = []

  function history(symbol: string): History {
    const found = histories.get(symbol)
    if (!found) throw new RangeError(`${venue.name} does not trade ${symbol}`)
    return found
  }

  function tell(event: MarketEvent): void {
    const stream = streamOf(event)
    for (const listener of listeners) listener(stream, event)
  }

  /** False for a trade that was there. */
  function keep(event: MarketEvent): boolean {
    if (event.kind === 'bookTicker') quotes.set(event.symbol, event)
    return event.kind !== 'trade' || history(event.symbol).add(event, event.texts)
  }

  function publish(event: MarketEvent): void {
    const isNew = keep(event)
    if (event.kind !== 'trade') return void tell(event)
    const kept = history(event.symbol)
    // A recording does not say which trade ends an order: the next one does.
    const before = kept.end - 2
    if (isNew && event.endsOrder === undefined && before >= kept.first && startsAggregate(kept)) {
      tell(aggregateEvent(event, kept, before))
    }
    tell(event)
    if (event.endsOrder) tell(aggregateEvent(event, kept, kept.end - 1))
  }

  async function play(source: Source, live: () => void, signal: AbortSignal): Promise<void> {
    const startMicros = clock.nowMicros()
    let told = 0
    for await (const events of source(startMicros)) {
      for (const event of events) {
        if (event.atMicros < startMicros) {
          keep(event)
          continue
        }
        live()
        const waitMicros = event.atMicros - clock.nowMicros()
        if (waitMicros > 0) await clock.sleep(waitMicros / 1_000, signal)
        publish(event)
        if (++told % EVENTS_A_TURN > 0) continue
        await new Promise<void>((resolve) => setImmediate(resolve))
        signal.throwIfAborted()
      }
    }
    live()
  }

  return {
    venue,
    symbols,
    rules: venue.rules,
    history,
    quote: (symbol) => quotes.get(symbol),
    listen: (listener) => listeners.push(listener),
    play,
  }
}

const startsAggregate = (history: History): boolean =>
  history.value('aggregates', history.end - 1) !== history.value('aggregates', history.end - 2)

function aggregateEvent(trade: TradeEvent, history: History, position: number): AggregateEvent {
  const { symbol, atMicros } = trade
  return { kind: 'aggTrade', symbol, atMicros, ...history.aggregate(position), frames: [] }
}
