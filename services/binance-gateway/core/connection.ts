/**
 * The life of one connection to a venue: what an event means where it stands, and what is to be done. No socket, no clock.
 *
 *   connecting ─► subscribing ─► live ─► renewing ─► live          the old one stays until the new one is live
 *       ▲              │          │  └─► stale ────► live          a symbol is silent while the venue trades it
 *       └─ backing-off ◄──────────┘
 *          circuit-open               after ten failures, and tried again for ever
 *
 *   units   ms
 *   source  SPEC.md, binance-gateway: 5 s doubling to 60 s, 10 attempts, then every 60 s; the next host after 2 failures
 */
export type Phase = 'connecting' | 'subscribing' | 'live' | 'renewing' | 'stale' | 'backing-off' | 'circuit-open'

export interface Connection {
  readonly phase: Phase
  /** Which of the venue's hosts; above 0 it has failed over. */
  readonly host: number
  /** In a row, on any host. */
  readonly failures: number
  /** In a row, on this host. */
  readonly hostFailures: number
}

export type Event =
  | 'opened' // the handshake is done
  | 'subscribed' // all its streams are asked for
  | 'settled' // it has delivered: its failures are forgotten
  | 'lost' // it failed, or was cut
  | 'waited' // a wait is over
  | 'due' // its day is nearly over, or the server says that it goes
  | 'silent' // a symbol is silent on it alone
  | 'home' // the first host may be back
  | 'replaced' // the new one is live, and the old one gone
  | 'not-replaced' // the new one failed, the old one is still there

export type Action =
  | { readonly do: 'connect'; readonly host: number }
  | { readonly do: 'replace'; readonly host: number }
  | { readonly do: 'wait'; readonly ms: number }
  | null

export interface Limits {
  readonly firstWaitMs: number
  readonly waitMsMax: number
  readonly failuresMax: number
  readonly circuitMs: number
  readonly hostFailuresMax: number
  readonly hosts: number
}

export const BEGINNING: Connection = { phase: 'connecting', host: 0, failures: 0, hostFailures: 0 }

export function step(now: Connection, event: Event, limits: Limits): [Connection, Action] {
  switch (event) {
    case 'opened':
      return now.phase === 'connecting' ? [{ ...now, phase: 'subscribing' }, null] : [now, null]
    case 'subscribed':
      return now.phase === 'subscribing' ? [{ ...now, phase: 'live' }, null] : [now, null]
    case 'settled':
      return isUp(now) ? [{ ...now, failures: 0, hostFailures: 0 }, null] : [now, null]
    case 'waited':
      return isDown(now)
        ? [
            { ...now, phase: 'connecting' },
            { do: 'connect', host: now.host },
          ]
        : [now, null]
    case 'lost':
      return isDown(now) ? [now, null] : failed(now, limits)
    case 'due':
      return now.phase === 'live'
        ? [
            { ...now, phase: 'renewing' },
            { do: 'replace', host: now.host },
          ]
        : [now, null]
    case 'silent':
      return now.phase === 'live'
        ? [
            { ...now, phase: 'stale' },
            { do: 'replace', host: now.host },
          ]
        : [now, null]
    case 'home':
      return now.phase === 'live' && now.host > 0
        ? [
            { ...now, phase: 'renewing' },
            { do: 'replace', host: 0 },
          ]
        : [now, null]
    case 'replaced':
    case 'not-replaced':
      return isReplacing(now) ? [{ ...now, phase: 'live' }, null] : [now, null]
  }
}

/** Of a connection whose new one is on that host. */
export const movedTo = (now: Connection, host: number): Connection => ({ ...now, host })

export const isUp = ({ phase }: Connection): boolean => phase === 'live' || phase === 'renewing' || phase === 'stale'
const isReplacing = ({ phase }: Connection): boolean => phase === 'renewing' || phase === 'stale'
const isDown = ({ phase }: Connection): boolean => phase === 'backing-off' || phase === 'circuit-open'

function failed(now: Connection, limits: Limits): [Connection, Action] {
  const failures = now.failures + 1
  const moves = now.hostFailures + 1 >= limits.hostFailuresMax
  const host = moves ? (now.host + 1) % limits.hosts : now.host
  const hostFailures = moves ? 0 : now.hostFailures + 1
  const isOpen = failures >= limits.failuresMax
  const ms = isOpen ? limits.circuitMs : Math.min(limits.waitMsMax, limits.firstWaitMs * 2 ** (failures - 1))
  return [
    { phase: isOpen ? 'circuit-open' : 'backing-off', host, failures, hostFailures },
    { do: 'wait', ms },
  ]
}
