/** Aggregations of random questions against the oracle's, at both doors, page by page. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { type Cut, type Selection, selected } from '../oracle/asked.ts'
import { type GroupsAsked, groupsOf } from '../oracle/groups.ts'
import { decimalOf, isoOf } from '../oracle/trade.ts'
import { asking } from '../worlds/asking.ts'
import { againstOracle, bothDoors, type Question } from '../worlds/doors.ts'
import { inFolder } from '../worlds/folder.ts'
import { below, FROM_MICROS, type Market, oneOf, putTrades, tradeOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? 13)
const QUESTIONS = 90
const MINUTE = 60_000_000n
// biome-ignore format: a table reads by its columns
const INTERVALS: [text: string, width: bigint][] = [
  ['30s', MINUTE / 2n], ['1m', MINUTE], ['7m', 7n * MINUTE], ['15min', 15n * MINUTE], ['1hour', 60n * MINUTE], ['4h', 240n * MINUTE], ['7h', 420n * MINUTE], ['1d', 1440n * MINUTE], ['2d', 2880n * MINUTE],
]
const METRICS = [
  ...['trade_count', 'volume', 'notional', 'open_price', 'close_price', 'min_price', 'max_price'],
  ...['avg_price', 'vwap', 'twap'],
]
const GROUPS = ['symbol', 'exchange', 'side', 'price_level']

type Random = () => number

function some(random: Random, all: readonly string[]): string[] {
  const chosen = all.filter(() => random() < 0.5)
  return chosen.length === 0 ? [oneOf(random, all)] : chosen.toSorted(() => random() - 0.5)
}

function levelsOf(random: Random, groupBy: readonly string[]) {
  if (!groupBy.includes('price_level')) return {}
  if (random() < 0.5) return { levels: BigInt(1 + below(random, 12)) }
  return { tick: oneOf(random, [5_000_000n, 7n, 100_000_000n, 333_333n]) }
}

function drawn(random: Random, { trades }: Market) {
  const groupBy = some(random, GROUPS)
  const metrics = some(random, METRICS)
  const [interval, width] = random() < 0.7 ? oneOf(random, INTERVALS) : []
  const exchanges = random() < 0.4 ? [oneOf(random, ['ASX', 'BINANCE'])] : undefined
  const isApart = groupBy.includes('exchange') || exchanges !== undefined
  const calendar = isApart ? oneOf(random, ['exchange', 'utc'] as const) : 'utc'
  const symbols = random() < 0.5 ? [oneOf(random, ['KTA', 'KTB', 'NONE'])] : undefined
  const sides = random() < 0.2 ? ['BUY', 'SELL'] : undefined
  const minPrice = random() < 0.2 ? 3_650_000_000n : undefined
  const from = random() < 0.5 ? BigInt(FROM_MICROS) + BigInt(below(random, 40)) * 3_600_000_000n : undefined
  const to = random() < 0.5 ? BigInt(FROM_MICROS) + BigInt(41 + below(random, 40)) * 3_600_000_001n : undefined
  const levels = levelsOf(random, groupBy)
  const order = oneOf(random, ['asc', 'desc', undefined] as const)
  const by: Selection = {
    ranges: [[from ?? -(2n ** 60n), to ?? 2n ** 60n]],
    ...(symbols && { symbols }),
    ...(exchanges && { exchanges }),
    ...(sides && { sides }),
    ...(minPrice && { minPrice }),
  }
  const cut: Cut | undefined = width === undefined ? undefined : { width, calendar }
  const asked: GroupsAsked = {
    ...{ groupBy, metrics },
    ...levels,
    ...(cut && { cut }),
    ...(exchanges && { exchange: exchanges[0]! }),
    ...(to !== undefined && { to }),
  }
  const rows = groupsOf(selected(trades, by), asked)
  const question: Question = {
    path: '/v1/aggregations',
    rpc: 'GetAggregations',
    post: true,
    asked: {
      ...{ symbols, exchanges, sides, order, interval, calendar, metrics },
      group_by: groupBy,
      tick: levels.tick === undefined ? undefined : decimalOf(levels.tick),
      levels: levels.levels === undefined ? undefined : Number(levels.levels),
      min_price: minPrice === undefined ? undefined : decimalOf(minPrice),
      start_time: from === undefined ? undefined : isoOf(from),
      end_time: to === undefined ? undefined : isoOf(to),
    },
  }
  return { question, wanted: order === 'desc' ? rows.reverse() : rows }
}

test(`aggregations are the oracle's, seed ${SEED}`, { timeout: 300_000 }, (t) =>
  againstOracle({ seed: SEED, questions: QUESTIONS, records: [120, 60], draw: drawn }, async ({ rows }) => {
    t.diagnostic(`${QUESTIONS} questions, ${rows} groups`)
    assert.ok(rows > 2_000)
  }),
)

test('the largest numbers there are sum up exactly', () =>
  inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const [random, largest] = [seeded(SEED), 999_999_999_999_999_999n]
      const market: Market = { trades: [], quotes: [] }
      const signs = [1n, 1n, 1n, -1n]
      const trades = Array.from({ length: 300 }, (_, i) => {
        const trade = tradeOf({ symbol: 'EDGE', exchange: 'ASX' }, random)
        return { ...trade, price: largest * signs[i % 4]!, quantity: largest }
      })
      await putTrades(world, market, trades)
      for (const levels of [{}, { tick: largest }, { levels: 7n }]) {
        const groupBy = ['symbol', ...(Object.keys(levels).length > 0 ? ['price_level'] : [])]
        const wanted = groupsOf(selected(market.trades, {}), { groupBy, metrics: METRICS, ...levels })
        const asked = {
          ...('tick' in levels && { tick: decimalOf(largest) }),
          ...('levels' in levels && { levels: 7 }),
        }
        const question = { path: '/v1/aggregations', rpc: 'GetAggregations', post: true } as const
        const { data } = await bothDoors(world, {
          ...question,
          asked: { ...asked, group_by: groupBy, metrics: METRICS },
        })
        assert.deepEqual(data, wanted)
      }
    }),
  ))
