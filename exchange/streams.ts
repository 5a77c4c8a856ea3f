/**
 * What the address of a WebSocket asks for.
 *
 *   shape   (path and query) -> Asked, or the status and body that refuse it
 *   source  Binance spot "web-socket-streams.md": /ws/<stream>, /stream?streams=<a>/<b>, timeUnit; addresses may be
 *           percent-encoded since December 2025
 */
import type { TimeUnit } from './event.ts'
import type { Rules } from './venues.ts'

export interface Asked {
  readonly streams: readonly string[]
  readonly isCombined: boolean
  readonly unit: TimeUnit
}

export interface Refusal {
  readonly status: number
  readonly body: string
}

const UNITS: Readonly<Record<string, TimeUnit>> = {
  MILLISECOND: 'MILLISECOND',
  millisecond: 'MILLISECOND',
  MICROSECOND: 'MICROSECOND',
  microsecond: 'MICROSECOND',
}

const NO_SUCH_PATH: Refusal = { status: 404, body: '' }
const BAD_UNIT: Refusal = {
  status: 400,
  body: '{"code":-1194,"msg":"Invalid value for time unit; expected either MICROSECOND or MILLISECOND."}',
}

export function askedBy(address: string, rules: Rules): Asked | Refusal {
  const url = URL.parse(address, 'ws://exchange')
  if (url === null) return NO_SUCH_PATH
  const isCombined = url.pathname === '/stream'
  if (!isCombined && url.pathname !== '/ws' && !url.pathname.startsWith('/ws/')) return NO_SUCH_PATH
  const names = isCombined ? (url.searchParams.get('streams') ?? '') : decoded(url.pathname.slice(4))
  if (names === undefined) return NO_SUCH_PATH
  const streams = [...new Set(names.split('/').filter((name) => name !== ''))]
  if (streams.length > rules.streamsMax) return { status: 400, body: '' } // no document says how
  const unit = UNITS[(rules.hasTimeUnit && url.searchParams.get('timeUnit')) || 'MILLISECOND']
  return unit === undefined ? BAD_UNIT : { streams, isCombined, unit }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
