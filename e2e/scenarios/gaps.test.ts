/** Missing numbers against the oracle's: holes, repeats, late records, days that begin again; in lake and log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Selection, selected } from '../oracle/asked.ts'
import { gapsOf } from '../oracle/gaps.ts'
import { isoOf } from '../oracle/trade.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { againstOracle, bothDoors, overRest, type Question } from '../worlds/doors.ts'
import { inFolder } from '../worlds/folder.ts'
import { below, FROM_MICROS, INSTRUMENTS, type Market, oneOf, type put, putTrades, tradeOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? 15)
const QUESTIONS = 50
const HOUR = 3_600_000_000n
const FAR = 2n ** 62n

type Random = () => number

/** Numbers in no order of time, with holes and repeats; now and then none, one below 0, one very far. */
function numberOf(random: Random): bigint | null {
  const draw = random()
  if (draw < 0.1) return null
  if (draw < 0.12) return -5n
  if (draw < 0.15) return FAR + BigInt(below(random, 5))
  return BigInt(below(random, 120))
}

const putNumbered: typeof put = async (world, market, each, random) => {
  for (const instrument of INSTRUMENTS) {
    const trades = Array.from({ length: each }, () => ({
      ...tradeOf(instrument, random),
      sourceSequence: numberOf(random),
    }))
    await putTrades(world, market, trades)
  }
}

function drawn(random: Random, { trades }: Market) {
  const symbols = oneOf(random, [['KTA'], ['KTB'], ['KTA', 'KTB'], ['NONE'], undefined, undefined])
  const exchange = oneOf(random, ['ASX', 'BINANCE', undefined, undefined])
  const from = random() < 0.5 ? BigInt(FROM_MICROS) + BigInt(below(random, 40)) * HOUR : undefined
  const to = random() < 0.5 ? BigInt(FROM_MICROS) + BigInt(41 + below(random, 40)) * HOUR : undefined
  const order = oneOf(random, ['asc', 'desc', undefined] as const)
  const by: Selection = {
    ranges: [[from ?? -(2n ** 60n), to ?? 2n ** 60n]],
    ...(symbols && { symbols }),
    ...(exchange && { exchanges: [exchange] }),
  }
  const rows = gapsOf(selected(trades, by))
  const question: Question = {
    path: '/v1/gaps',
    rpc: 'ListGaps',
    asked: {
      ...{ exchange, order, symbol: symbols?.join() },
      start_time: from === undefined ? undefined : isoOf(from),
      end_time: to === undefined ? undefined : isoOf(to),
    },
  }
  return { question, wanted: order === 'asc' ? rows : rows.reverse() }
}

test(`gaps are the oracle's, seed ${SEED}`, { timeout: 300_000 }, (t) =>
  againstOracle(
    { seed: SEED, questions: QUESTIONS, records: [150, 60], put: putNumbered, draw: drawn, rowsMax: 40 },
    async ({ world, market, rows }) => {
      t.diagnostic(`${QUESTIONS} questions, ${rows} gaps`)
      assert.ok(rows > 1_000)
      await counted(world, market)
    },
  ),
)

/** Beside trades: of all that the question is about, whichever page and conditions. */
async function counted(world: Asking, { trades }: Market): Promise<void> {
  const [from, to] = [12n, 60n].map((hours) => BigInt(FROM_MICROS) + hours * HOUR) as [bigint, bigint]
  const times = { start_time: isoOf(from), end_time: isoOf(to) }
  // biome-ignore format: a table reads by its columns
  const asked: [asked: Question['asked'], by: Selection][] = [
    [{},                                            {}],
    [{ symbol: 'KTA' },                             { symbols: ['KTA'] }],
    [{ exchange: 'BINANCE', ...times },             { exchanges: ['BINANCE'], ranges: [[from, to]] }],
    [{ symbol: 'KTB', exclude_trade_conditions: ['XT'] }, { symbols: ['KTB'] }],
    [{ symbol: 'NONE' },                            { symbols: ['NONE'] }],
  ]
  for (const [question, by] of asked) {
    const wanted = gapsOf(selected(trades, by)).length
    for (let cursor: string | null | undefined, page = 0; cursor !== null && page < 3; page++) {
      const { meta } = await bothDoors(world, {
        path: '/v1/trades',
        rpc: 'GetTrades',
        asked: { ...question, gaps: true, limit: 30, cursor },
      })
      assert.equal(meta.gaps, wanted, JSON.stringify(question))
      cursor = meta.next_cursor
    }
  }
  const { meta } = await overRest(world, { path: '/v1/trades', rpc: 'GetTrades', asked: {} })
  assert.ok(!('gaps' in meta), 'only where it is asked for')
}

// biome-ignore format: a table reads by its columns
const STREAMS: [name: string, exchange: 'ASX' | 'BINANCE', numbers: readonly [number: number, hour: number][], gaps: readonly string[]][] = [
  ['1, 2, 5 is one gap of 2',            'BINANCE', [[1, 0], [2, 1], [5, 2]],                 ['2-5 misses 2']],
  ['a repeat is no gap',                 'BINANCE', [[1, 0], [1, 1], [2, 2]],                 []],
  ['a late one closes its gap',          'BINANCE', [[1, 0], [3, 1], [2, 5]],                 []],
  ['numbers go on over midnight',        'BINANCE', [[7, 1], [9, 40]],                        ['7-9 misses 1']],
  ['days of the ASX begin again',        'ASX',     [[1, 0], [2, 1], [1, 30], [2, 31]],       []],
  ['and each has gaps of its own',       'ASX',     [[1, 0], [3, 1], [1, 30], [4, 31]],       ['1-3 misses 1', '1-4 misses 2']],
  ['what a day begins with is not known', 'ASX',    [[5, 0], [6, 1]],                         []],
]
test('a stream is judged by its numbers', () =>
  inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const random = () => 0.5
      const market: Market = { trades: [], quotes: [] }
      for (const [i, [name, exchange, numbers, gaps]] of STREAMS.entries()) {
        const symbol = `KT${i}`
        const trades = numbers.map(([number, hour]) => ({
          ...tradeOf({ symbol, exchange }, random),
          sourceSequence: BigInt(number),
          timestampMicros: FROM_MICROS + hour * Number(HOUR),
        }))
        await putTrades(world, market, trades)
        const { data } = await overRest(world, { path: '/v1/gaps', rpc: 'ListGaps', asked: { symbol, order: 'asc' } })
        const told = data.map((row) => `${row.after_sequence}-${row.before_sequence} misses ${row.missing}`)
        assert.deepEqual(told, gaps, name)
      }
    }),
  ))
