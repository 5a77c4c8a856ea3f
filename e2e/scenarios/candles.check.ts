/**
 * Candles of real recorded trades, through log, lake and both doors, against those that DuckDB makes of the raw files. No
 * recording here holds an exchange's own candles (its klines) beside its trades.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { seeded } from '@k2/embedded/sample.ts'
import type { Trade } from '@k2/market/trade.ts'
import type { Row } from '../oracle/asked.ts'
import { type Candles, candles, ofAsx, ofStream, ofTable, type Trades } from '../oracle/candles.ts'
import { asking } from '../worlds/asking.ts'
import type { Drawn } from '../worlds/drawn.ts'
import { inFolder } from '../worlds/folder.ts'
import { oneProcess } from '../worlds/one.ts'
import { asxFiles, ofRealFiles } from '../worlds/samples.ts'
import { DOORS, type Door, walked } from '../worlds/walk.ts'
import { inWorld } from '../worlds/world.ts'

const SECOND = 1_000_000n
const MINUTE = 60n * SECOND
const HOUR = 60n * MINUTE
const LONG_MS = 300_000
// biome-ignore format: a table reads by its columns
const WIDTHS: Readonly<Record<string, bigint>> = {
  '1s': SECOND, '1m': MINUTE, '5m': 5n * MINUTE, '1h': HOUR, '4h': 4n * HOUR, '1d': 24n * HOUR,
}

interface Recording {
  readonly name: string
  readonly symbols: readonly string[]
  readonly trades: readonly Trades[]
  readonly read: () => Trade[][]
}

const scaled = (text: string): bigint => {
  const [whole, fraction = ''] = text.split('.')
  return BigInt(`${whole}${fraction.padEnd(8, '0')}`)
}

let made = 0

function tradeOf(symbol: string, id: number, micros: number, price: string, quantity: string, isMaker: boolean): Trade {
  return {
    messageId: `00000000-0000-8000-8000-${String(++made).padStart(12, '0')}`,
    tradeId: String(id),
    symbol,
    exchange: 'BINANCE',
    assetClass: 'crypto',
    timestampMicros: micros,
    price: scaled(price),
    quantity: scaled(quantity),
    currency: 'USDT',
    side: isMaker ? 'SELL' : 'BUY',
    tradeConditions: [],
    sourceSequence: BigInt(id),
    ingestionMicros: micros,
    vendorData: { is_buyer_maker: String(isMaker) },
  }
}

function streamed(path: string): Trade[] {
  const lines = gunzipSync(readFileSync(path)).toString().split('\n')
  return lines.flatMap((line) => {
    if (!line.includes('"e":"trade"')) return []
    const { s, t, T, p, q, m } = JSON.parse(line.slice(line.indexOf(' ') + 1)).data
    return [tradeOf(s, t, T * 1000, p, q, m)]
  })
}

function tabled(path: string): Trade[] {
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/)
  return lines.map((line) => {
    const [, , , , at, symbol, id, price, quantity, isMaker] = line.split(',') as string[]
    return tradeOf(symbol!, Number(id), Number(at), price!, quantity!, isMaker === '1')
  })
}

const recordings = ofRealFiles((real): Recording[] => {
  const folder = join(real, 'binance')
  const streams = ['btcusdt_20240808', 'btcusdt_20240809', 'ethusdt_20240808'].map((name) =>
    join(folder, 'spot-combined', `${name}.gz`),
  )
  const table = join(folder, 'trx-micros/test_positive_binance_trade_stream_spot_trxusdt_04-03-2025.csv')
  return [
    {
      name: 'BTCUSDT and ETHUSDT, over midnight',
      symbols: ['BTCUSDT', 'ETHUSDT'],
      trades: streams.map(ofStream),
      read: () => streams.map(streamed),
    },
    { name: 'TRXUSDT, in microseconds', symbols: ['TRXUSDT'], trades: [ofTable(table)], read: () => [tabled(table)] },
  ]
})

for (const { name, symbols, trades, read } of recordings) {
  test(`candles of ${name}`, { timeout: LONG_MS }, (t) =>
    inFolder((data) =>
      asking(data, { rows: 4_000, ageMs: 3_600_000 }, async (world) => {
        for (const file of read())
          for (let at = 0; at < file.length; at += 1_000) await world.append('trades', file.slice(at, at + 1_000))
        // As it lies: most of it landed by its number, the rest in the log.
        await check(t.diagnostic.bind(t), world, DOORS, symbols, 'BINANCE', (width, fill) =>
          candles(join(data, 'oracle'), { trades, exchange: 'BINANCE', width, shift: 0n, fill }),
        )
      }),
    ),
  )
}

for (const real of ofRealFiles((real) => [real])) {
  test("candles of the ASX, by its own calendar, and by UTC's", { timeout: LONG_MS }, (t) =>
    inWorld(oneProcess, async (world, folder) => {
      const files = asxFiles(real, 'trades')
      const symbols = ['BHP', 'DVN', 'MWR']
      const trades = files.map((path, i) => ofAsx(path, symbols[i]!))
      const serving = await world.serve({ csv: files })
      try {
        for (const calendar of ['exchange', 'utc'] as const) {
          const by = (width: bigint): Pick<Candles, 'shift'> => ({
            shift: calendar === 'exchange' && width > HOUR ? 11n * HOUR : 0n,
          })
          const wanted = (width: bigint, fill: boolean) =>
            candles(join(folder, 'oracle'), { trades, exchange: 'ASX', width, fill, ...by(width) })
          await check(t.diagnostic.bind(t), serving, ['REST'], symbols, 'ASX', wanted, calendar)
        }
      } finally {
        await serving.stop()
      }
    }),
  )
}

type Wanted = (width: bigint, fill: boolean) => Promise<Row[]>

async function check(
  tell: (line: string) => void,
  world: { readonly url: string },
  doors: readonly Door[],
  symbols: readonly string[],
  exchange: string,
  wanted: Wanted,
  calendar: 'exchange' | 'utc' = 'utc',
): Promise<void> {
  const [counts, random] = [[] as string[], seeded(1)]
  for (const [timeframe, width] of Object.entries(WIDTHS)) {
    for (const fill of [false, true]) {
      // Filled seconds of days are many, and say no more.
      if (exchange === 'ASX' && fill && width === SECOND) continue
      const rows = await wanted(width, fill)
      assert.ok(rows.length > 0)
      if (!fill) checkProperties(rows)
      const question: Drawn = {
        ...{ name: 'ohlcv', path: '/v1/ohlcv/:timeframe', rpc: 'GetOhlcv', tables: ['trades'], wanted: () => rows },
        asked: { symbols, exchange, timeframe, calendar, fill: fill || undefined },
      }
      for (const door of doors) {
        const { pages } = await walked(world as Parameters<typeof walked>[0], question, door, random)
        let at = 0
        for (const page of pages) {
          page.check(rows.slice(at, at + page.count), `${door} ${timeframe} fill=${fill} from row ${at} on`)
          at += page.count
        }
        assert.equal(at, rows.length)
      }
      counts.push(`${timeframe}${fill ? ' filled' : ''} ${rows.length}`)
    }
  }
  tell(`${exchange} by ${calendar}: ${counts.join(', ')}`)
}

const sums = new Map<string, string>()

/** What was traded is traded in every timeframe, and no average lies outside of what was paid. */
function checkProperties(rows: readonly Row[]): void {
  const of = (row: Row, name: string) => scaled(String(row[name]))
  for (const row of rows) {
    const [low, high] = [of(row, 'low'), of(row, 'high')]
    for (const name of ['open', 'close', 'vwap'])
      assert.ok(low <= of(row, name) && of(row, name) <= high, `${name} of ${JSON.stringify(row)}`)
  }
  for (const [symbol, own] of Map.groupBy(rows, (row) => String(row.symbol))) {
    const volume = own.reduce((sum, row) => sum + of(row, 'volume'), 0n)
    const count = own.reduce((sum, row) => sum + Number(row.trade_count), 0)
    const known = sums.get(symbol) ?? `${volume} ${count}`
    assert.equal(`${volume} ${count}`, known, symbol)
    sums.set(symbol, known)
  }
}
