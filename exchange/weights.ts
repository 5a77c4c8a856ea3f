/**
 * What an address may ask of REST: weight by minute, requests by five minutes, and bans.
 *
 *   shape   (address, weight, now) -> headers, and a refusal where it is too much
 *   units   ms of the exchange's clock; Retry-After in seconds
 *   source  Binance spot "Limits": used weight in every answer, 429 beyond it, 418 for who goes on, bans of 2 minutes to 3
 *           days. How many 429 make a 418, and that bans double, is ours.
 */
import type { Rules } from './venues.ts'

export interface Allowed {
  readonly headers: Readonly<Record<string, string>>
  readonly refusal?: { readonly status: 418 | 429; readonly body: string }
}

interface Address {
  minute: number
  weight: number
  refusals: number
  fiveMinutes: number
  requests: number
  bans: number
  bannedUntilMs: number
}

export interface Weights {
  charge(address: string, weight: number, nowMs: number): Allowed
}

const MINUTE_MS = 60_000
const BAN_MS_MAX = 3 * 24 * 60 * MINUTE_MS
const GO_TO_STREAMS = 'Please use WebSocket Streams for live updates to'

export function createWeights(rules: Rules): Weights {
  const addresses = new Map<string, Address>()

  function charge(name: string, weight: number, nowMs: number): Allowed {
    const address = at(name, nowMs)
    if (nowMs < address.bannedUntilMs) return banned(address, nowMs)
    address.weight += weight
    address.requests++
    const headers = usedBy(address)
    const isHeavy = address.weight > rules.weightPerMinute
    if (!isHeavy && address.requests <= rules.requestsPerFiveMinutes) return { headers }
    if (++address.refusals > rules.refusalsMax) {
      address.bannedUntilMs = nowMs + Math.min(BAN_MS_MAX, rules.banMs * 2 ** address.bans++)
      return banned(address, nowMs)
    }
    const windowMs = isHeavy ? MINUTE_MS : 5 * MINUTE_MS
    const body = isHeavy
      ? told(
          `Too much request weight used; current limit is ${rules.weightPerMinute} request weight per 1 MINUTE. ${GO_TO_STREAMS} avoid polling the API.`,
        )
      : told('Too many requests queued.')
    return {
      headers: { ...headers, 'retry-after': seconds(windowMs - (nowMs % windowMs)) },
      refusal: { status: 429, body },
    }
  }

  function at(name: string, nowMs: number): Address {
    const [minute, fiveMinutes] = [Math.floor(nowMs / MINUTE_MS), Math.floor(nowMs / (5 * MINUTE_MS))]
    let address = addresses.get(name)
    if (address === undefined) {
      address = { minute, weight: 0, refusals: 0, fiveMinutes, requests: 0, bans: 0, bannedUntilMs: 0 }
      addresses.set(name, address)
    }
    if (address.minute !== minute) Object.assign(address, { minute, weight: 0, refusals: 0 })
    if (address.fiveMinutes !== fiveMinutes) Object.assign(address, { fiveMinutes, requests: 0 })
    return address
  }

  return { charge }
}

const usedBy = ({ weight }: Address) => ({
  'x-mbx-used-weight': String(weight),
  'x-mbx-used-weight-1m': String(weight),
})

function banned(address: Address, nowMs: number): Allowed {
  const body = told(
    `Way too much request weight used; IP banned until ${address.bannedUntilMs}. ${GO_TO_STREAMS} avoid bans.`,
  )
  return {
    headers: { ...usedBy(address), 'retry-after': seconds(address.bannedUntilMs - nowMs) },
    refusal: { status: 418, body },
  }
}

const told = (message: string): string => JSON.stringify({ code: -1003, msg: message })
const seconds = (ms: number): string => String(Math.ceil(ms / 1_000))
