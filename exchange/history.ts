/**
 * The truth: every trade that a market made of one symbol, in order of its ids, in columns.
 *
 *   shape   (trade) -> columns; a position is the count of trades before it, also once the oldest are dropped
 *   units   10^-8, µs; 41 bytes a trade
 *   errors  none: an id that is not above the last is a recording's repeat, and is not added
 *
 * An aggregate is consecutive trades of one time, price and side: ids, times and numbers of aggregates all ascend, so
 * each is searched by halves.
 */
import { type Aggregate, decimalText, type Trade } from './event.ts'

const CHUNK_TRADES = 65_536

interface Chunk {
  readonly ids: Float64Array
  readonly times: Float64Array
  readonly aggregates: Float64Array
  readonly prices: Float64Array
  readonly quantities: Float64Array
  readonly flags: Uint8Array
}

const BUYER_MAKER = 1
const LOST = 2

/** A trade as text, as any answer must have it. */
export interface TrueTrade {
  readonly id: number
  readonly price: string
  readonly quantity: string
  readonly timeMicros: number
  readonly isBuyerMaker: boolean
  /** REST does not have it, by a fault. */
  readonly isLost: boolean
}

export interface Texts {
  readonly price: string
  readonly quantity: string
}

export class History {
  readonly #tradesMax: number
  readonly #chunks: Chunk[] = []
  readonly #texts = new Map<number, Texts>()
  #first = 0
  #end = 0
  #lastNumber = 0

  constructor(tradesMax: number) {
    this.#tradesMax = tradesMax
  }

  /** The positions that are kept: [first, end). */
  get first(): number {
    return this.#first
  }

  get end(): number {
    return this.#end
  }

  /** False for one that is there. `texts` where 8 decimals are not how the recording wrote it. */
  add(trade: Trade, texts?: Texts): boolean {
    if (this.#end > this.#first && trade.id <= this.value('ids', this.#end - 1)) return false
    this.#makeRoom()
    if (!this.#joinsLast(trade)) this.#lastNumber++
    const [chunk, slot] = this.#placeOf(this.#end)
    chunk.ids[slot] = trade.id
    chunk.times[slot] = trade.timeMicros
    chunk.aggregates[slot] = this.#lastNumber
    chunk.prices[slot] = trade.price
    chunk.quantities[slot] = trade.quantity
    chunk.flags[slot] = Number(trade.isBuyerMaker)
    if (texts) this.#texts.set(trade.id, texts)
    this.#end++
    return true
  }

  /** REST leaves it out from now on. */
  lose(id: number): void {
    const position = this.at('ids', id)
    if (position === this.#end || this.value('ids', position) !== id) return
    const [chunk, slot] = this.#placeOf(position)
    chunk.flags[slot] = chunk.flags[slot]! | LOST
  }

  isLost(position: number): boolean {
    return (this.value('flags', position) & LOST) !== 0
  }

  value(column: keyof Chunk, position: number): number {
    const [chunk, slot] = this.#placeOf(position)
    return chunk[column][slot]!
  }

  /** The first position whose value is not below. */
  at(column: 'ids' | 'times' | 'aggregates', wanted: number): number {
    let [low, high] = [this.#first, this.#end]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.value(column, middle) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }

  trade(position: number): TrueTrade {
    const id = this.value('ids', position)
    const flags = this.value('flags', position)
    const texts = this.#texts.get(id)
    return {
      id,
      price: texts?.price ?? decimalText(this.value('prices', position)),
      quantity: texts?.quantity ?? decimalText(this.value('quantities', position)),
      timeMicros: this.value('times', position),
      isBuyerMaker: (flags & BUYER_MAKER) !== 0,
      isLost: this.isLost(position),
    }
  }

  /** The one that the trade at this position is in. */
  aggregate(position: number): Aggregate {
    const number = this.value('aggregates', position)
    const [from, to] = [this.at('aggregates', number), this.at('aggregates', number + 1)]
    let quantity = 0
    for (let each = from; each < to; each++) quantity += this.value('quantities', each)
    return {
      id: number,
      price: this.value('prices', from),
      quantity,
      firstId: this.value('ids', from),
      lastId: this.value('ids', to - 1),
      timeMicros: this.value('times', from),
      isBuyerMaker: (this.value('flags', from) & BUYER_MAKER) !== 0,
    }
  }

  #placeOf(position: number): [Chunk, number] {
    const index = position - this.#first
    return [this.#chunks[Math.floor(index / CHUNK_TRADES)]!, index % CHUNK_TRADES]
  }

  #makeRoom(): void {
    if (this.#end - this.#first < this.#chunks.length * CHUNK_TRADES) return
    if (this.#end - this.#first >= this.#tradesMax && this.#chunks.length > 1) {
      for (const id of this.#chunks[0]!.ids) this.#texts.delete(id)
      this.#chunks.shift()
      this.#first += CHUNK_TRADES
    }
    this.#chunks.push(newChunk())
  }

  #joinsLast(trade: Trade): boolean {
    const last = this.#end - 1
    return (
      this.#end > this.#first &&
      this.value('times', last) === trade.timeMicros &&
      this.value('prices', last) === trade.price &&
      (this.value('flags', last) & BUYER_MAKER) === Number(trade.isBuyerMaker)
    )
  }
}

/** Those that are kept, from an id on. */
export function* tradesFrom(history: History, fromId = 0): Generator<TrueTrade> {
  for (let position = history.at('ids', fromId); position < history.end; position++) yield history.trade(position)
}

function newChunk(): Chunk {
  const numbers = () => new Float64Array(CHUNK_TRADES)
  return {
    ids: numbers(),
    times: numbers(),
    aggregates: numbers(),
    prices: numbers(),
    quantities: numbers(),
    flags: new Uint8Array(CHUNK_TRADES),
  }
}
