import type { Dashboard, RestAsk } from './panel.ts'

const OF = 'symbol=$symbol&exchange=$exchange'

const TRADES: RestAsk = {
  path: `/v1/trades?${OF}&limit=1000&fields=timestamp,price`,
  columns: [
    { field: 'timestamp', title: 'Time', type: 'timestamp' },
    { field: 'price', title: 'Price', type: 'number' },
  ],
}

export const liveMarket: Dashboard = {
  uid: 'k2-live-market',
  title: 'K2 Live market',
  help: 'One symbol as it trades, asked of query-service itself: the lake and the last second.',
  refresh: '5s',
  from: 'now-15m',
  chosenBy: 'instrument',
  // biome-ignore format: a table reads by its columns
  rows: [
    { title: '$symbol on $exchange', panels: [
      { title: 'Live BTC Price', help: 'Price of the last 1,000 trades; of BTCUSDT, unless another symbol is chosen.', unit: 'none', width: 24, ask: TRADES },
      { title: 'Volume', help: 'By minute, of the last hour with trades.', unit: 'none', show: 'bars', width: 12, ask: { path: `/v1/ohlcv/1m?${OF}&order=desc&limit=60`, columns: [
        { field: 'timestamp', title: 'Time', type: 'timestamp' }, { field: 'volume', title: 'Volume', type: 'number' } ] } },
      { title: 'Spread', help: 'Ask less bid, of the last 1,000 quotes.', unit: 'none', show: 'points', width: 12, difference: { title: 'Spread', of: 'Ask', less: 'Bid' }, ask: { path: `/v1/quotes?${OF}&limit=1000&fields=timestamp,bid_price,ask_price`, columns: [
        { field: 'timestamp', title: 'Time', type: 'timestamp' }, { field: 'bid_price', title: 'Bid', type: 'number' }, { field: 'ask_price', title: 'Ask', type: 'number' } ] } },
      { title: 'Best bid and ask', help: 'The last 1,000 quotes.', unit: 'none', width: 12, ask: { path: `/v1/quotes?${OF}&limit=1000&fields=timestamp,bid_price,ask_price`, columns: [
        { field: 'timestamp', title: 'Time', type: 'timestamp' }, { field: 'bid_price', title: 'Bid', type: 'number' }, { field: 'ask_price', title: 'Ask', type: 'number' } ] } },
      { title: 'Last trades', help: 'The newest first; prices and quantities as they were sent.', unit: 'none', show: 'table', width: 12, ask: { path: `/v1/trades?${OF}&limit=50&fields=timestamp,price,quantity,side`, columns: [
        { field: 'timestamp', title: 'Time', type: 'timestamp' }, { field: 'price', title: 'Price', type: 'string' }, { field: 'quantity', title: 'Quantity', type: 'string' }, { field: 'side', title: 'Side', type: 'string' } ] } },
    ] },
  ],
}
