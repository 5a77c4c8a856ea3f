/** The gateway as settings say, over real sockets and requests. */
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Health } from '@k2/service/health.ts'
import { POLICIES, STREAM_CONNECTION } from '@k2/service/policies.ts'
import type { Settings } from '@k2/service/settings.ts'
import { openSocket } from '@k2/service/socket-client.ts'
import type { Member } from '@k2/shedding/member.ts'
import { policyBy, sheddingRules } from '@k2/shedding/rules.ts'
import { askHttps } from './adapters/requests.ts'
import { folderSpool } from './adapters/spool.ts'
import { binanceGateway, type Gateway, type GatewaySettings } from './compose.ts'
import { BINANCE, BINANCEUS, type FeedVenue } from './core/venue.ts'
import type { Feed } from './feed.ts'
import type { FeedPorts } from './prepare.ts'
import type { gatewaySettings } from './settings.ts'

export type OwnSettings = Settings<typeof gatewaySettings>
type Given = Omit<FeedPorts, 'open' | 'ask' | 'spool' | 'policy' | 'holder'> & {
  readonly folder: string
  readonly health: Health
  readonly degradation?: Pick<Member, 'view'>
}

const HANDSHAKE_MS = 10_000
/** Half of what the log takes as one record: whatever a message holds besides, its record fits. */
const MESSAGE_BYTES_MAX = 1 << 19

export function gateway({ folder, health, degradation, ...ports }: Given, settings: OwnSettings): Gateway {
  const limits = { handshakeMs: HANDSHAKE_MS, messageBytesMax: MESSAGE_BYTES_MAX }
  const asked = asGateway(settings)
  const rules = sheddingRules(ports, settings)
  const service = binanceGateway(
    {
      ...ports,
      ...(degradation && { policy: policyBy(rules, degradation.view.level) }),
      open: (url, events) => openSocket(url, events, limits),
      ask: askHttps(POLICIES.binance.deadlineMs),
      spool: (exchange) => folderSpool(join(folder, 'gateway', exchange)),
      holder: `${hostname()}:${resolve(folder)}`,
    },
    asked,
  )
  const [first] = service.feeds
  watchSymbols(first!, health)
  return {
    ...service,
    start: async (signal) => rules.start?.(signal),
    async run(signal) {
      await Promise.all([service.run?.(signal), rules.run?.(signal)])
    },
  }
}

/** Each symbol is a part of readiness, for as long as it is recorded. */
function watchSymbols(feed: Feed, health: Health): void {
  let watched: readonly string[] = []
  feed.onSymbols = () => {
    for (const symbol of watched) health.forget(`${feed.exchange} ${symbol}`)
    watched = feed.symbols()
    for (const symbol of watched) health.watchReady(`${feed.exchange} ${symbol}`, () => feed.symbolReady(symbol))
  }
  feed.onSymbols()
}

export function asGateway(settings: OwnSettings): GatewaySettings {
  const [symbols, usSymbols] = [upper(settings.symbols), upper(settings.usSymbols)]
  if (symbols.length === 0 || (usSymbols.length === 0 && settings.usWhen !== 'never'))
    throw new K2Error('SETTINGS_INVALID', 'The gateway has no symbols to record: name one, as in BTCUSDT.')
  const { staleMs, lifeMs, patienceMs, batchRecords, batchLingerMs: lingerMs, memoryBytesMax, spoolBytesMax } = settings
  return {
    binance: {
      venue: withHosts(BINANCE, settings.streamHosts, settings.requestHosts),
      symbols,
    },
    binanceus: {
      venue: withHosts(BINANCEUS, settings.usStreamHosts, settings.usRequestHosts),
      symbols: usSymbols,
    },
    usWhen: settings.usWhen,
    tradeKind: settings.tradeKind,
    line: {
      ...STREAM_CONNECTION,
      staleMs,
      lifeMs,
      homeMs: 300_000,
    },
    refill: { graceMs: 200, patienceMs, gapMs: 60_000 },
    lane: { batchRecords, memoryBytesMax, spoolBytesMax, lingerMs },
  }
}

const upper = (symbols: readonly string[]): string[] => [...new Set(symbols.map((symbol) => symbol.toUpperCase()))]

function withHosts(
  venue: FeedVenue,
  streams: readonly string[] | undefined,
  requests: readonly string[] | undefined,
): FeedVenue {
  const wrong = [...(streams ?? []), ...(requests ?? [])].find((host) => !isHost(host))
  if (wrong !== undefined)
    throw new K2Error(
      'SETTINGS_INVALID',
      `${wrong} is no address of a host of ${venue.exchange}: write scheme, name and port, as in ${venue.streams[0]}.`,
    )
  return { ...venue, ...(streams && { streams }), ...(requests && { requests }) }
}

/** Paths are put behind it: it has none of its own, and neither a question nor a mark. */
function isHost(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.pathname === '/' && !/[?#]/.test(text)
}
