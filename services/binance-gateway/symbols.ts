/**
 * The symbols of a feed, as the venue lists them: asked for until it answers.
 *
 *   errors  SETTINGS_INVALID for a symbol that it does not list, with the nearest one that it does
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Clock } from '@k2/service/clock.ts'
import { nearest } from '@k2/service/spelling.ts'
import { type Listed, listingsPath, readListings } from './core/listings.ts'
import type { Listing } from './core/subject.ts'
import type { FeedVenue } from './core/venue.ts'
import type { Rest } from './rest.ts'

const PAUSE_MS = 1_000
const PAUSE_MS_MAX = 60_000
/** As many as open the circuit of a connection. */
const FAILURES_MAX = 10
const ALL = '/api/v3/exchangeInfo'

export async function listingsOf(
  symbols: readonly string[],
  { exchange }: FeedVenue,
  rest: Rest,
  clock: Clock,
  signal: AbortSignal,
  /** Told with each failure from the tenth in a row on. */
  unanswered: () => void,
): Promise<Listing[]> {
  let path = listingsPath(symbols)
  let failures = 0
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    signal.throwIfAborted()
    const { bytes, refused } = await rest.ask('exchangeInfo', path, signal)
    const listed = bytes && readListings(bytes)
    if (listed) {
      const missing = symbols.filter((symbol) => !listed.has(symbol))
      if (missing.length === 0) return symbols.map((symbol) => listed.get(symbol)!)
      if (path === ALL) throw unlisted(missing[0]!, exchange, listed)
      path = ALL
    } else if (refused !== undefined && path !== ALL) path = ALL
    else {
      if (++failures >= FAILURES_MAX) unanswered()
      await clock.sleep(pauseMs, signal)
    }
  }
}

function unlisted(symbol: string, exchange: string, listed: ReadonlyMap<string, Listed>): K2Error {
  const near = nearest(symbol, [...listed.keys()])
  const hint = near === undefined ? '' : ` Is ${near} meant?`
  return new K2Error('SETTINGS_INVALID', `${exchange} lists no symbol ${symbol}.${hint}`, { symbol })
}
