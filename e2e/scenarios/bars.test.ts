/** Bars against the oracle's: calendars, filled gaps, several timeframes, pages; partly in the lake, partly in the log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { barsOf, type Row, selected } from '../oracle/asked.ts'
import { isoOf } from '../oracle/trade.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { allPages, bothDoors, overRest, type Question } from '../worlds/doors.ts'
import { inFolder } from '../worlds/folder.ts'
import { below, FROM_MICROS, type Market, oneOf, put } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? 11)
const QUESTIONS = 60
const MINUTE = 60_000_000n
// biome-ignore format: a table reads by its columns
const WIDTHS = { '1m': MINUTE, '15m': 15n * MINUTE, '1h': 60n * MINUTE, '4h': 240n * MINUTE, '1d': 1440n * MINUTE } as const
type Timeframe = keyof typeof WIDTHS
const TIMEFRAMES = Object.keys(WIDTHS) as Timeframe[]

interface Drawn {
  readonly question: Question
  readonly timeframes: readonly Timeframe[]
  readonly wanted: Row[]
}

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
  return { question, timeframes, wanted }
}

test(`bars are the oracle's, seed ${SEED}`, { timeout: 300_000 }, (t) =>
  inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const random = seeded(SEED)
      const market: Market = { trades: [], quotes: [] }
      await put(world, market, 120, random)
      await world.sink.drain(AbortSignal.timeout(20_000))
      await put(world, market, 60, random)
      let rows = 0
      for (let i = 0; i < QUESTIONS; i++) {
        const { question, wanted } = drawn(random, market)
        rows += wanted.length
        const told = `${question.path} ${JSON.stringify(question.asked)}`
        const limit = 1 + below(random, 60)
        const first = await bothDoors(world, { ...question, asked: { ...question.asked, limit } })
        assert.deepEqual(first.data, wanted.slice(0, limit), told)
        assert.equal(first.meta.has_more, wanted.length > limit, told)
        // Few rows in small pages, so that they end within an interval too.
        const page = wanted.length <= 40 ? 1 + below(random, 4) : Math.max(limit * 5, Math.ceil(wanted.length / 8))
        const pages = await allPages(world, {
          ...question,
          asked: { ...question.asked, limit: Math.min(page, 10_000) },
        })
        assert.deepEqual(pages, wanted, told)
      }
      t.diagnostic(`${QUESTIONS} questions, ${rows} bars`)
      await pagesWhileRecordsCome(world, market, random)
    }),
  ),
)

/** A page is of what the first one covered, whatever comes and lands meanwhile. */
async function pagesWhileRecordsCome(world: Asking, market: Market, random: () => number): Promise<void> {
  const asked = {
    symbol: 'KTA,KTB',
    fill: true,
    end_time: isoOf(BigInt(FROM_MICROS) + 4n * 86_400_000_000n),
    limit: 50,
  }
  const question: Question = { path: '/v1/ohlcv/1h', rpc: 'GetOhlcv', asked }
  const chosen = selected(market.trades, { symbols: ['KTA', 'KTB'] })
  const to = BigInt(FROM_MICROS) + 4n * 86_400_000_000n
  const wanted = barsOf(chosen, { width: WIDTHS['1h'], calendar: 'exchange', fill: { to } })
  const first = await overRest(world, question)
  const rows = [...first.data]
  await put(world, market, 40, random)
  let { next_cursor: cursor } = first.meta
  for (let page = 0; cursor !== null; page++) {
    const { data, meta } = await overRest(world, { ...question, asked: { ...asked, cursor } })
    rows.push(...data)
    cursor = meta.next_cursor
    if (page === 0) await world.sink.drain(AbortSignal.timeout(20_000))
  }
  assert.deepEqual(rows, wanted)
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
