/** The questions of query.proto. */
import type { Group } from '../command.ts'
import { type Question, questionCommands } from '../question.ts'

// biome-ignore format: a table reads by its columns
const QUESTIONS: readonly Question[] = [
  { name: 'trades',    method: 'GetTrades',       positionals: ['symbol'],
    shown: ['timestamp', 'symbol', 'exchange', 'price', 'quantity', 'side', 'trade_conditions'],
    examples: ['k2 trades KTA --limit 3', 'k2 trades KTA,KTB --start-time 2014-03-10T00:00:00Z --order asc', 'k2 trades KTA --all --format csv --fields timestamp,price,quantity > kta.csv'] },
  { name: 'recent',    method: 'GetRecentTrades', positionals: ['symbol'],
    shown: ['timestamp', 'symbol', 'exchange', 'price', 'quantity', 'side', 'trade_conditions'],
    examples: ['k2 recent KTA --exchange ASX --window-minutes 5'] },
  { name: 'quotes',    method: 'GetQuotes',       positionals: ['symbol'],
    shown: ['timestamp', 'symbol', 'exchange', 'bid_quantity', 'bid_price', 'ask_price', 'ask_quantity'],
    examples: ['k2 quotes KTA --limit 5', 'k2 quotes KTA --source tail'] },
  { name: 'query trades', method: 'QueryTrades',  positionals: ['symbol'],
    shown: ['timestamp', 'symbol', 'exchange', 'price', 'quantity', 'side', 'trade_conditions'],
    examples: ['k2 query trades KTA,KTB --min-price 36.5 --sides BUY,SELL', 'k2 query trades KTA --ranges 2014-03-10T00:00Z/2014-03-10T01:00Z,2014-03-11T00:00Z/2014-03-11T01:00Z'] },
  { name: 'query quotes', method: 'QueryQuotes',  positionals: ['symbol'],
    shown: ['timestamp', 'symbol', 'exchange', 'bid_quantity', 'bid_price', 'ask_price', 'ask_quantity'],
    examples: ['k2 query quotes KTA,KTB --exchanges ASX --limit 5'] },
  { name: 'reference', method: 'GetReference',    positionals: ['symbol'],
    shown: ['company_id', 'symbol', 'exchange', 'company_name', 'isin', 'listing_date', 'delisting_date', 'is_active'],
    examples: ['k2 reference', 'k2 reference --company-id 9001'] },
  { name: 'ohlcv',     method: 'GetOhlcv',        positionals: ['symbol'],
    examples: ['k2 ohlcv KTA --timeframe 5m --limit 10', 'k2 ohlcv KTA KTB --timeframe 1d --exclude-trade-conditions XT', 'k2 ohlcv KTA --timeframe 4h --calendar utc --fill'] },
  { name: 'ohlcv batch', method: 'GetOhlcvBatch', positionals: [],
    examples: ['k2 ohlcv batch --symbol KTA --timeframes 1h,1d', 'k2 ohlcv batch --symbol KTA,KTB --timeframes 1m --fill --all'] },
  { name: 'aggregate', method: 'GetAggregations', positionals: ['symbol'], isSparse: true,
    examples: ['k2 aggregate KTA,KTB --interval 1d --metrics trade_count,volume,vwap,twap', 'k2 aggregate KTA --group-by price_level --tick 0.05 --metrics volume', 'k2 aggregate --group-by symbol,side --start-time 2014-03-11'] },
  { name: 'asof',      method: 'GetAsOf',         positionals: ['symbol'],
    shown: ['timestamp', 'symbol', 'exchange', 'price', 'quantity', 'bid_price', 'ask_price', 'quote_timestamp', 'spread', 'mid_price', 'effective_spread'],
    examples: ['k2 asof KTA --limit 5', 'k2 asof KTA --start-time 2014-03-10T00:00:00Z --order asc --max-age 30s --all --format csv > kta.csv'] },
  { name: 'gaps',      method: 'ListGaps',        positionals: ['symbol'],
    examples: ['k2 gaps', 'k2 gaps KTA --exchange ASX --start-time 2014-03-10 --end-time 2014-03-11'] },
  { name: 'summary',   method: 'GetSummary',      positionals: ['symbol', 'date'],
    examples: ['k2 summary KTA 2014-03-10'] },
  { name: 'symbols',   method: 'ListSymbols',     positionals: [],
    examples: ['k2 symbols --exchange ASX'] },
  { name: 'stats',     method: 'GetStats',        positionals: [],
    examples: ['k2 stats'] },
  { name: 'snapshots', method: 'ListSnapshots',   positionals: ['table'],
    shown: ['table', 'snapshot_id', 'parent_id', 'committed_at', 'operation'],
    examples: ['k2 snapshots', 'k2 snapshots quotes --limit 3'] },
  { name: 'degradation', method: 'GetDegradation', positionals: [],
    examples: ['k2 degradation'] },
]

export const questions: Group = {
  name: 'Questions',
  commands: () => questionCommands('k2/v1/query.proto', 'k2.v1.QueryService', QUESTIONS),
}
