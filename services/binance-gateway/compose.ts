/**
 * binance-gateway: live trades and quotes in, records of the log out.
 *
 *   sockets ─► decode ─► by id: next ─► lane ─► log(market.crypto.*) ─► positions
 *                           └─ hole ─► REST ─┘
 *
 * The log is the truth of what has been recorded: positions only say where to begin reading it. So a kill at any moment loses
 * nothing (what is not there is asked for again) and doubles nothing (what is there is found). Binance.US is another venue,
 * with a feed of its own; by default it runs while no host of Binance answers.
 */
import type { Service } from '@k2/service/run.ts'
import type { FeedVenue } from './core/venue.ts'
import { type Feed, feedOf } from './feed.ts'
import type { FeedPorts, FeedSettings } from './prepare.ts'

export interface GatewaySettings extends Omit<FeedSettings, 'venue' | 'symbols'> {
  readonly binance: { readonly venue: FeedVenue; readonly symbols: readonly string[] }
  readonly binanceus: { readonly venue: FeedVenue; readonly symbols: readonly string[] }
  readonly usWhen: 'never' | 'last' | 'always'
}

export interface Gateway extends Service {
  readonly feeds: readonly Feed[]
}

export function binanceGateway(ports: FeedPorts, settings: GatewaySettings): Gateway {
  const { binance, binanceus, usWhen } = settings
  const first = feedOf(ports, { ...settings, ...binance })
  const us = feedOf(ports, { ...settings, ...binanceus })
  let usRuns: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined

  function startUs(signal: AbortSignal, fail: (error: unknown) => void): void {
    if (usRuns || signal.aborted) return
    const stop = new AbortController()
    const both = AbortSignal.any([signal, stop.signal])
    const ended = us.run(both).catch((error) => {
      if (both.aborted) return
      // In Binance's place it is better than nothing, and no reason to end what else is recorded.
      if (usWhen !== 'last') return fail(error)
      ports.logger.error({ error }, 'Binance.US cannot be recorded')
      // The circuit's next failure tries it again.
      if (usRuns === runs) usRuns = undefined
    })
    const runs = { stop, ended }
    usRuns = runs
  }

  async function stopUs(): Promise<void> {
    const runs = usRuns
    runs?.stop.abort()
    await runs?.ended
    if (usRuns === runs) usRuns = undefined
  }

  return {
    name: 'binance-gateway',
    feeds: usWhen === 'never' ? [first] : [first, us],
    async run(signal) {
      const failed = new AbortController()
      const ending = AbortSignal.any([signal, failed.signal])
      const fail = (error: unknown) => failed.abort(error)
      first.onCircuit = (isOpen) => {
        if (usWhen !== 'last') return
        if (isOpen) startUs(ending, fail)
        else void stopUs()
      }
      if (usWhen === 'always') startUs(ending, fail)
      try {
        await first.run(ending)
      } finally {
        await stopUs()
      }
      if (failed.signal.aborted) throw failed.signal.reason
    },
    ready: () => first.ready() ?? (usWhen === 'always' ? us.ready() : undefined),
  }
}
