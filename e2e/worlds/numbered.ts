/** A made-up feed of numbered trades, with all that goes wrong on its way: the seed decides it. */
import type { Numbered } from './tracking.ts'
import { below, oneOf } from './venues.ts'

const DAY = 86_400_000_000
const FROM = Date.parse('2014-03-10T02:00:00Z') * 1000

type Random = () => number

/** A feed of one symbol: what it sends next, with all that goes wrong on the way. Odd: it begins again, and gives two trades one number. */
export class NumberedFeed {
  private readonly symbol: string
  private readonly exchange: string
  private number: bigint
  private micros = FROM
  private held: Numbered[] = []
  private sent: Numbered[] = []
  private readonly isOdd: boolean

  constructor(symbol: string, exchange: string, random: Random, isOdd = true) {
    this.isOdd = isOdd
    this.symbol = symbol
    this.exchange = exchange
    this.number = BigInt(below(random, 3)) * 5_000_000_000n + 1n
  }

  next(count: number, random: Random): Numbered[] {
    if (random() < 0.1) this.begin(random)
    return Array.from({ length: count }, () => this.one(random)).flat()
  }

  /** Another day; or, where there are no days, numbers that begin again. */
  private begin(random: Random): void {
    this.micros += DAY
    if (this.exchange === 'ASX' || (this.isOdd && random() < 0.5)) this.number = 1n
  }

  private one(random: Random): Numbered[] {
    const draw = random()
    if (draw < 0.08 && this.sent.length > 0) return [oneOf(random, this.sent)]
    if (draw < 0.14 && this.held.length > 0) return this.held.splice(below(random, this.held.length), 1)
    this.micros += below(random, 3) * 1_000
    const trade = {
      ...{ symbol: this.symbol, exchange: this.exchange, timestampMicros: this.micros },
      sourceSequence: draw > 0.98 ? null : this.number,
    }
    this.number += draw > 0.94 ? BigInt(below(random, 5) + (this.isOdd ? 0 : 1)) : 1n
    if (draw < 0.22) {
      this.held.push(trade)
      return []
    }
    this.sent = [...this.sent, trade].slice(-50)
    return [trade]
  }
}
