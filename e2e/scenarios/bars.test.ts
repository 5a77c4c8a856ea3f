/** Bars against the oracle's: calendars, filled gaps, several timeframes, pages; partly in the lake, partly in the log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barsOf, selected } from '../oracle/asked.ts'
import { isoOf } from '../oracle/trade.ts'
import { asking } from '../worlds/asking.ts'
import {
  againstOracle,
  allPages,
  bothDoors,
  type Drawn,
  pagesWhileRecordsCome,
  type Question,
  type Run,
} from '../worlds/doors.ts'
import { inFolder } from '../worlds/folder.ts'
import { below, FROM_MICROS, type Market, oneOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? 11)
const QUESTIONS = 60
const MINUTE = 60_000_000n
// biome-ignore format: a table reads by its columns
const WIDTHS = { '1m': MINUTE, '15m': 15n * MINUTE, '1h': 60n * MINUTE, '4h': 240n * MINUTE, '1d': 1440n * MINUTE } as const
type Timeframe = keyof typeof WIDTHS
const TIMEFRAMES = Object.keys(WIDTHS) as Timeframe[]

function drawn(random: () => number, { trades }: Market): Drawn {
  const isBatch = random() < 0.3
  const all = TIMEFRAMES.toSorted(() => random() - 0.5)
  const timeframes = isBatch ? all.slice(0, 1 + below(random, 3)) : [oneOf(random, TIMEFRAMES)]
  const isFine = timeframes.includes('1m')
  const symbols = oneOf(random, [['KTA'], ['KTB'], ['KTA', 'KTB'], ['NONE']])
  const from = BigInt(FROM_MICROS) + BigInt(below(random, 36)) * 7_199_000_001n
  // Filled minutes of days are many.
  const to = from + BigInt(1 + below(random, isFine ? 30 : 90)) * 3_599_999_999n
  const calendar = oneOf(random, ['exchange', 'utc', undefined] as const)
  const fill = oneOf(random, [true, undefined])
  const order = oneOf(random, ['asc', 'desc', undefined] as const)
  const [hasFrom, hasTo] = [random() < 0.7, random() < 0.7]
  const isWithout = random() < 0.3
  const select = {
    symbols,
    ranges: [[hasFrom ? from : -(2n ** 60n), hasTo ? to : 2n ** 60n]] as const,
    ...(isWithout && { excluded: ['XT'] }),
  }
  const chosen = selected(trades, select)
  const wanted = timeframes.flatMap((timeframe) => {
    const cut = { width: WIDTHS[timeframe], calendar: calendar ?? 'exchange' }
    const bars = barsOf(chosen, { ...cut, ...(fill && { fill: hasTo ? { to } : {} }) })
    const ordered = order === 'desc' ? bars.toReversed() : bars
    return isBatch ? ordered.map((bar) => ({ timeframe, ...bar })) : ordered
  })
  const common = {
    ...{ calendar, fill, order },
    ...(hasFrom && { start_time: isoOf(from) }),
    ...(hasTo && { end_time: isoOf(to) }),
  }
  const question: Question = isBatch
    ? {
        path: '/v1/ohlcv/batch',
        rpc: 'GetOhlcvBatch',
        post: true,
        asked: { ...common, timeframes, symbols, ...(isWithout && { exclude_trade_conditions: ['XT'] }) },
      }
    : {
        path: `/v1/ohlcv/${timeframes[0]}`,
        rpc: 'GetOhlcv',
        asked: { ...common, symbol: symbols.join(), ...(isWithout && { exclude_trade_conditions: ['XT'] }) },
      }
  return { question, wanted }
}

test(`bars are the oracle's, seed ${SEED}`, { timeout: 300_000 }, (t) => {
  // Few rows in small pages, so that they end within an interval too.
  const pageOf = (rows: number, limit: number) => ({
    limit: Math.min(rows <= 40 ? 1 + (limit % 4) : Math.max(limit * 5, Math.ceil(rows / 8)), 10_000),
  })
  const drawing = { seed: SEED, questions: QUESTIONS, records: [120, 60], draw: drawn, rowsMax: 60, pageOf } as const
  return againstOracle(drawing, async (run) => {
    t.diagnostic(`${QUESTIONS} questions, ${run.rows} bars`)
    await pagesWhileTradesCome(run)
  })
})

async function pagesWhileTradesCome(run: Run): Promise<void> {
  const to = BigInt(FROM_MICROS) + 4n * 86_400_000_000n
  const asked = { symbol: 'KTA,KTB', fill: true, end_time: isoOf(to), limit: 50 }
  const chosen = selected(run.market.trades, { symbols: ['KTA', 'KTB'] })
  const wanted = barsOf(chosen, { width: WIDTHS['1h'], calendar: 'exchange', fill: { to } })
  const question: Question = { path: '/v1/ohlcv/1h', rpc: 'GetOhlcv', asked }
  assert.deepEqual(await pagesWhileRecordsCome(run, question, 40), wanted)
}

test('companies come in pages', () =>
  inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const { referenceOf } = await import('../worlds/market.ts')
      for (const [symbol, id] of [
        ['KTA', '9001'],
        ['KTA', '9002'],
        ['KTB', '9003'],
        ['KTC', '9004'],
        ['KTB', '9003'],
      ])
        await world.append('reference', [referenceOf(symbol!, id!, `${symbol} ${id}`)])
      const question: Question = {
        path: '/v1/reference',
        rpc: 'GetReference',
        asked: { limit: 2, fields: ['company_name'] },
      }
      await bothDoors(world, question)
      assert.deepEqual(
        (await allPages(world, question)).map((row) => row.company_name),
        ['KTA 9001', 'KTA 9002', 'KTB 9003', 'KTC 9004'],
      )
    }),
  ))
