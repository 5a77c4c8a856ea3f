/**
 * Candles of recorded trades, by DuckDB over the files as the venue or the vendor wrote them: no record, no log and no lake
 * between.
 *
 *   shape   (relation of trades, timeframe) -> bars as REST shows them, in order of intervals
 *   units   us: µs since the epoch, UTC; price, quantity: DECIMAL(18, 8); turn: the order of trades of one moment
 */
import { type Engine, openEngine } from '@k2/lake/duckdb/engine.ts'
import { type Row, rounded } from './asked.ts'
import { decimalOf, isoOf } from './trade.ts'

/** Columns symbol, us, turn, price, quantity. */
export type Trades = string

const line = (path: string): string =>
  `(SELECT * FROM read_csv('${path}', header = false, auto_detect = false, delim = '\u0001', quote = '', columns = {'line': 'VARCHAR'}))`

/** Of a recording of combined streams: `<local ns> <message>` a line. */
export const ofStream = (path: string): Trades =>
  `(SELECT of->>'s' AS symbol, (of->>'T')::BIGINT * 1000 AS us, (of->>'t')::BIGINT AS turn,
      (of->>'p')::DECIMAL(18, 8) AS price, (of->>'q')::DECIMAL(18, 8) AS quantity
    FROM (SELECT (substr(line, strpos(line, ' ') + 1)::JSON)->'data' AS of FROM ${line(path)}) WHERE of->>'e' = 'trade')`

/** Of trades as a table with a header, in µs. */
export const ofTable = (path: string): Trades =>
  `(SELECT Symbol AS symbol, TransactionTime::BIGINT AS us, TradeId::BIGINT AS turn, Price::DECIMAL(18, 8) AS price,
      Quantity::DECIMAL(18, 8) AS quantity FROM read_csv('${path}', header = true, all_varchar = true))`

/** Of an ASX file of Sydney's summer, 11 hours ahead of UTC. */
export const ofAsx = (path: string, symbol: string): Trades => {
  const names = ['day', 'clock', 'price', 'quantity', 'qualifiers', 'venue', 'buyer']
  const columns = names.map((name) => `'${name}': 'VARCHAR'`).join(', ')
  return `(SELECT '${symbol}' AS symbol, epoch_us(strptime(day || ' ' || clock, '%m/%d/%Y %H:%M:%S.%g')) - 39600000000 AS us,
      row_number() OVER () AS turn, price::DECIMAL(18, 8) AS price, quantity::DECIMAL(18, 8) AS quantity
    FROM read_csv('${path}', header = false, auto_detect = false, columns = {${columns}}))`
}

export interface Candles {
  readonly trades: readonly Trades[]
  readonly exchange: string
  readonly width: bigint
  /** Ahead of UTC. */
  readonly shift: bigint
  /** Also intervals without trades, up to the last one of all symbols. */
  readonly fill: boolean
}

export async function candles(tempFolder: string, { trades, exchange, width, shift, fill }: Candles): Promise<Row[]> {
  const all = trades.map((one) => `SELECT * FROM ${one}`).join(' UNION ALL ')
  const bars = `SELECT symbol, (us + ${shift}) // ${width} AS n, first(price ORDER BY us, turn) AS open, max(price) AS high,
      min(price) AS low, last(price ORDER BY us, turn) AS close, sum(quantity) AS volume, count(*) AS trades,
      sum(price::DECIMAL(19, 8) * quantity) AS notional FROM (${all}) GROUP BY ALL`
  const grid = `SELECT symbol, unnest(range(first, (SELECT max(n) FROM bars) + 1)) AS n
      FROM (SELECT symbol, min(n) AS first FROM bars GROUP BY symbol)`
  // The last bar at or before each interval; it has traded only where it is the interval's own.
  const filled = `SELECT g.symbol, g.n, b.n = g.n AS own, b.open, b.high, b.low, b.close, b.volume, b.trades, b.notional
      FROM (${grid}) g ASOF JOIN bars b ON g.symbol = b.symbol AND g.n >= b.n`
  const source = fill ? filled : 'SELECT *, true AS own FROM bars'
  const names = ['symbol', 'n', 'own', 'open', 'high', 'low', 'close', 'volume', 'trades', 'notional']
  const texts = names.map((name) => `${name}::VARCHAR AS ${name}`).join(', ')
  const sql = `WITH bars AS (${bars}) SELECT ${texts} FROM (${source}) ORDER BY n, symbol`
  const rows = await inEngine(tempFolder, (engine) => textsOf(engine, sql, names))
  return rows.map((row) => barOf(row, { exchange, width, shift }))
}

async function inEngine<T>(tempFolder: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openEngine({ memoryMb: 512, threads: 1, tempFolder })
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

type Texts = Readonly<Record<string, string>>

async function textsOf(engine: Engine, sql: string, names: readonly string[]): Promise<Texts[]> {
  const { rows, columns } = await engine.query(sql)
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      names.map((name) => {
        const column = columns.get(name)
        if (column?.kind !== 'text') throw new Error(`${name} is not text`)
        return [name, String(column.values[row])]
      }),
    ),
  )
}

const unscaled = (text: string): bigint => BigInt(text.replace('.', ''))

function barOf(row: Texts, { exchange, width, shift }: Pick<Candles, 'exchange' | 'width' | 'shift'>): Row {
  const price = (name: string) => decimalOf(unscaled(row[name]!))
  const front = { symbol: row.symbol!, exchange, timestamp: isoOf(BigInt(row.n!) * width - shift) }
  const close = price('close')
  if (row.own !== 'true')
    return { ...front, open: close, high: close, low: close, close, volume: '0', trade_count: '0', vwap: null }
  const volume = unscaled(row.volume!)
  const vwap = decimalOf(rounded(unscaled(row.notional!), volume))
  const prices = { open: price('open'), high: price('high'), low: price('low'), close }
  return { ...front, ...prices, volume: decimalOf(volume), trade_count: row.trades!, vwap }
}
