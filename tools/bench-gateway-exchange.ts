/** The stand-in exchange in a process of its own, so that its cost is not the gateway's: prints where it is, and plays until it is ended. */
import { standInExchange } from '@k2/exchange/stand-in.ts'

const [ordersPerSecond = 100] = process.argv.slice(2).map(Number)
const exchange = await standInExchange({ ordersPerSecond, quotesPerOrder: 1, pastMs: 1_000, tradesKeptMax: 5_000_000 })
process.stdout.write(`${JSON.stringify({ streams: exchange.binance.streams, requests: exchange.binance.rest })}\n`)
