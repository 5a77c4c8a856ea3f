/** The gRPC door: k2.v1.FeedService over the gateway's feeds. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { FeedServiceDefinition } from '@k2/contracts/gen/k2/v1/FeedService.ts'
import type { FeedSymbols__Output } from '@k2/contracts/gen/k2/v1/FeedSymbols.ts'
import { loadProtos, type RpcService, rpcService } from '@k2/service/rpc.ts'
import type { Feed } from './feed.ts'
import { SYMBOL } from './settings.ts'

const PROTOS = new URL('../../proto/', import.meta.url).pathname
const SYMBOLS_MAX = 1_000

export const FEED_PROTO = 'k2/v1/feed.proto'
export const feedProtos = () => loadProtos([FEED_PROTO], [PROTOS])

type Changeable = Pick<Feed, 'exchange' | 'symbols' | 'symbolReady' | 'change'>

export function feedRpc(feeds: readonly Changeable[]): RpcService {
  function feedOf(exchange: string): Changeable {
    const feed = feeds.find((one) => one.exchange === exchange)
    if (feed) return feed
    const names = feeds.map((one) => one.exchange).join(' or ')
    throw new K2Error('INVALID_ARGUMENT', `exchange must be ${names}, or absent.`)
  }
  return rpcService<FeedServiceDefinition>('k2.v1.FeedService', {
    ListSymbols: async ({ exchange }) => said(exchange === '' ? feeds : [feedOf(exchange)]),
    async AddSymbols({ exchange, symbols }, { signal }) {
      const feed = feedOf(exchange || 'BINANCE')
      await feed.change({ add: checked(symbols), remove: [] }, signal)
      return said([feed])
    },
    async RemoveSymbols({ exchange, symbols }, { signal }) {
      const feed = feedOf(exchange || 'BINANCE')
      await feed.change({ add: [], remove: checked(symbols) }, signal)
      return said([feed])
    },
  })
}

function checked(symbols: readonly string[]): string[] {
  if (symbols.length === 0 || symbols.length > SYMBOLS_MAX)
    throw new K2Error('INVALID_ARGUMENT', `symbols must be 1 to ${SYMBOLS_MAX}, as in BTCUSDT.`)
  const wrong = symbols.find((symbol) => !SYMBOL.test(symbol))
  if (wrong !== undefined) throw new K2Error('INVALID_ARGUMENT', `"${wrong}" is no symbol: write it as in BTCUSDT.`)
  return symbols.map((symbol) => symbol.toUpperCase())
}

const said = (feeds: readonly Changeable[]): FeedSymbols__Output => ({
  symbols: feeds.flatMap((feed) =>
    feed.symbols().map((symbol) => ({ exchange: feed.exchange, symbol, trouble: feed.symbolReady(symbol) ?? '' })),
  ),
})
