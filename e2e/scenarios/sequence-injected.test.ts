/** A hole, a repeat and a late trade in made-up feeds without a gap: exactly these are found. sequence-recorded has real ones. */
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { withInjections } from '../worlds/injected.ts'
import type { Numbered } from '../worlds/tracking.ts'

const START = Date.parse('2024-08-08T23:59:50Z') * 1000

/** Two thirds of them share the millisecond of the one before, as Binance's do; the day changes on the way. */
function feed(exchange: string, from: bigint, count: number): Numbered[] {
  const random = seeded(1)
  let micros = START
  return Array.from({ length: count }, (_, i) => {
    if (random() < 1 / 3) micros += Math.floor(random() * 100) * 1_000
    return { symbol: 'KTA', exchange, timestampMicros: micros, sourceSequence: from + BigInt(i) }
  })
}

// biome-ignore format: a table reads by its columns
const FEEDS: [name: string, trades: readonly Numbered[]][] = [
  ['ids of a venue without end',   feed('BINANCE', 3_735_683_259n, 3_000)],
  ['ids beyond 2^53',              feed('BINANCE', 2n ** 60n, 500)],
  ['rows of a day',                feed('ASX', 1n, 2_000)],
]
for (const [name, trades] of FEEDS)
  test(`${name}: a hole, a repeat and a late trade are found, and nothing else`, () => withInjections(trades))
