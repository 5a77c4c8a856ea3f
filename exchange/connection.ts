/**
 * One WebSocket of a client: its streams, its requests, pings, and the ends that Binance gives it.
 *
 *   units   ms of the exchange's clock
 *   source  Binance spot "web-socket-streams.md", General information and Limits. Codes of a close are documented nowhere:
 *           1008 beyond 5 messages a second is what clients report; 1001 at the end of its life is ours.
 */
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Clock } from '@k2/service/clock.ts'
import type { WebSocket } from 'ws'
import { answerTo, type Held } from './control.ts'
import { frameOfEvent, inUnit, type MarketEvent } from './event.ts'
import { frameOf, PING, PONG } from './frame.ts'
import { createOutlet, type Outlet } from './outlet.ts'
import type { Asked } from './streams.ts'
import type { Rules } from './venues.ts'

export interface Connection {
  /** The host that it asked for by TLS, such as stream.binance.com. */
  readonly servername: string | undefined
  readonly streams: ReadonlySet<string>
  readonly outlet: Outlet
  deliver(event: MarketEvent): void
  /** As the exchange closes: with a frame that says so. */
  close(code: number, reason: string): void
  /** The server is about to go: told without subscription. */
  announceShutdown(): void
  /** Nothing is heard or said any more, and the line stays. */
  halt(): void
}

export interface ConnectionOptions {
  readonly ws: WebSocket
  readonly socket: Duplex
  readonly asked: Asked
  readonly rules: Rules
  readonly clock: Clock
  /** Its streams before and after. */
  readonly moved: (connection: Connection, before: ReadonlySet<string>) => void
  readonly gone: (connection: Connection) => void
}

const SECOND_MS = 1_000

export function createConnection(options: ConnectionOptions): Connection {
  const { ws, socket, asked, rules, clock, moved, gone } = options
  const ended = new AbortController()
  const outlet = createOutlet(socket, clock, rules.backlogBytesMax, ended.signal)
  const heardMs: number[] = []
  let held: Held = { streams: new Set(asked.streams), isCombined: asked.isCombined }
  const pings: { payload: string; atMs: number }[] = []

  const connection: Connection = {
    get streams() {
      return held.streams
    },
    servername: (socket instanceof TLSSocket && socket.servername) || undefined,
    outlet,
    deliver: (event) => outlet.write(frameOfEvent(event, asked.unit, held.isCombined)),
    close(code, reason) {
      if (!outlet.isHalted) ws.close(code, reason)
    },
    announceShutdown() {
      const event = `{"e":"serverShutdown","E":${inUnit(clock.nowMicros(), asked.unit)}}`
      outlet.write(frameOf(held.isCombined ? `{"stream":"!serverShutdown","data":${event}}` : event))
    },
    halt() {
      outlet.halt()
      ws.pause()
    },
  }

  /** False beyond the limit: the line is closed. */
  function mayBeHeard(): boolean {
    const nowMs = clock.nowMs()
    while (heardMs.length > 0 && heardMs[0]! <= nowMs - SECOND_MS) heardMs.shift()
    heardMs.push(nowMs)
    if (heardMs.length <= rules.messagesPerSecond) return true
    connection.close(1008, 'Too many requests')
    return false
  }

  ws.on('message', (data) => {
    if (!mayBeHeard()) return
    const { streams } = held
    const answered = answerTo(String(data), held, rules)
    held = answered.held
    if (held.streams !== streams) moved(connection, streams)
    outlet.write(frameOf(answered.answer))
  })
  ws.on('ping', (payload) => {
    if (mayBeHeard()) outlet.write(frameOf(payload, PONG))
  })
  ws.on('pong', (payload) => {
    if (!mayBeHeard()) return
    const answered = pings.findIndex((ping) => ping.payload === payload.toString())
    pings.splice(0, answered + 1) // none where it was not asked for
  })
  ws.on('error', () => {}) // 'close' follows
  ws.on('close', () => {
    ended.abort()
    gone(connection)
  })

  async function watch(): Promise<void> {
    const endMs = clock.nowMs() + rules.lifeMs
    let pingMs = clock.nowMs() + rules.pingMs
    for (;;) {
      const cutMs = (pings[0]?.atMs ?? Number.POSITIVE_INFINITY) + rules.pongMs
      const nowMs = clock.nowMs()
      if (nowMs >= cutMs) return outlet.isHalted ? undefined : outlet.cut()
      if (nowMs >= endMs) return connection.close(1001, 'the connection is at the end of its life')
      if (nowMs >= pingMs) {
        const payload = String(nowMs)
        pings.push({ payload, atMs: nowMs })
        outlet.write(frameOf(payload, PING))
        pingMs = nowMs + rules.pingMs
      }
      await clock.sleep(Math.min(pingMs, cutMs, endMs) - nowMs, ended.signal)
    }
  }

  moved(connection, new Set())
  void watch().catch(() => {}) // only its end interrupts it
  return connection
}
