/**
 * The live feed of `npm start`: Binance itself, or a session made up and played by a stand-in on this machine, which the gateway
 * takes for Binance.
 *
 *   stand-in exchange ─► sockets, REST ─► binance-gateway ─► log
 *
 * A session that is played again goes on where the log ends: to the gateway the exchange has slept meanwhile.
 */

import { decodePosition, positionKey } from '@k2/binance-gateway/core/position.ts'
import { asGateway, gateway } from '@k2/binance-gateway/gateway.ts'
import { feedRpc } from '@k2/binance-gateway/rpc.ts'
import { GATEWAY_POSITIONS } from '@k2/contracts/topics.ts'
import type { MarketEvent } from '@k2/exchange/event.ts'
import { generated } from '@k2/exchange/generator.ts'
import { type StandIn, standInExchange } from '@k2/exchange/stand-in.ts'
import { factsOf } from '@k2/exchange/symbols.ts'
import type { Log } from '@k2/log/log.ts'
import type { RpcService } from '@k2/service/rpc.ts'
import type { Service } from '@k2/service/run.ts'
import type { EmbeddedSettings } from './compose.ts'

type Ports = Parameters<typeof gateway>[0]
/** `live`: Binance itself. */
export type FeedKind = 'live' | 'generated'

const SESSION = { ordersPerSecond: 2, quotesPerOrder: 2, hasOrderIds: false, venue: 'BINANCE' }
const KIND = 'trade'

/** `rpc`: its door for symbols, which a session that is made up has none of. */
export function liveFeed(
  kind: FeedKind,
  seed: number,
  ports: Ports,
  settings: EmbeddedSettings,
): { readonly service: Service; readonly rpc?: RpcService } {
  if (kind === 'generated') return { service: generatedFeed(seed, ports, settings) }
  const service = gateway(ports, settings)
  return { service, rpc: feedRpc(service.feeds) }
}

function generatedFeed(seed: number, ports: Ports, settings: EmbeddedSettings): Service {
  let service: Service | undefined
  return {
    name: 'binance-gateway',
    async run(signal) {
      const exchange = await playSession(seed, ports.log, asGateway(settings).binance.symbols)
      const { streams: streamHosts, rest: requestHosts } = exchange.binance
      const own = { streamHosts, requestHosts, usWhen: 'never', tradeKind: KIND } as const
      service = gateway(ports, { ...settings, ...own })
      try {
        await service.start?.(signal)
        await service.run?.(signal)
      } finally {
        await exchange.stop()
      }
    },
    ready: () => (service === undefined ? 'its exchange is starting' : service.ready?.()),
  }
}

async function playSession(seed: number, log: Log, symbols: readonly string[]): Promise<StandIn> {
  const notes = new Map((await log.latest(GATEWAY_POSITIONS)).map(({ key, value }) => [key, decodePosition(value)]))
  const next = new Map(
    symbols.map((symbol) => [symbol, notes.get(positionKey('BINANCE', KIND, symbol))?.next ?? undefined]),
  )
  // Another part of the session: else its quotes would come again.
  const part = [...next.values()].reduce<number>((sum, id) => sum + (id ?? 0), 0)
  const made = { ...SESSION, seed: seed + part, symbols: symbols.map(factsOf) }
  return standInExchange({
    symbols,
    source: (venue) =>
      venue.name === 'binance' ? (startMicros) => goingOn(generated(made, startMicros), next) : () => [],
  })
}

/** The same events, with trade ids that begin where the log's end. */
function* goingOn(
  batches: Iterable<readonly MarketEvent[]>,
  next: Map<string, number | undefined>,
): Generator<readonly MarketEvent[]> {
  for (const batch of batches)
    yield batch.map((event) => {
      const id = event.kind === 'trade' ? next.get(event.symbol) : undefined
      if (event.kind !== 'trade' || id === undefined) return event
      next.set(event.symbol, id + 1)
      return { ...event, id }
    })
}
