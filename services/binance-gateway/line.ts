/**
 * One connection of a feed, through all its lives: sockets in, events for the state machine, its actions done.
 *
 *   core/connection.step ◄─ events ─ socket, clock
 *          └─ actions ─► connect, replace (the old socket stays until the new one is live), wait
 *
 * While two sockets are open both are read: a trade that comes twice is known by its id.
 */
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { ClientSocket, SocketEvents } from '@k2/service/socket-client.ts'
import { Asks } from './core/asks.ts'
import { BEGINNING, type Connection, type Event, isUp, type Limits, movedTo, step } from './core/connection.ts'
import { subscriptions } from './core/streams.ts'
import type { Heard } from './intake.ts'
import type { FeedMetrics, Reconnect } from './metrics.ts'

export type OpenSocket = (url: string, events: SocketEvents) => ClientSocket

export interface LineParts {
  readonly open: OpenSocket
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: FeedMetrics
  readonly hosts: readonly string[]
  readonly timeUnit: string | null
  /** Names of streams, in lower case. */
  readonly streams: readonly string[]
  readonly message: (bytes: Uint8Array, feed: string) => Heard | undefined
  /** Of the reply or refusal that was heard last: the id of what it answers. */
  readonly replyTo: () => number
  /** It is live, for the first time or again: what came meanwhile is missing. */
  readonly up: () => void
  readonly circuit: (isOpen: boolean) => void
  /** What was received waits for the log, and there is no room for more. */
  readonly isFull: () => boolean
}

export interface LineLimits extends Limits {
  readonly staleMs: number
  /** Before the venue's cut at 24 h. */
  readonly lifeMs: number
  readonly homeMs: number
}

interface Link {
  readonly host: number
  readonly socket: ClientSocket
  openedMs: number
  heardMs: number
  /** When a trade or a quote last came; 0: none has. */
  deliveredMs: number
  isSubscribed: boolean
  readonly asks: Asks
}

/** A new socket that delivers nothing for so long is taken for live where the old one is quiet too. */
const OVERLAP_MS = 10_000
/** Of a wait: so that gateways that fell together do not come back together. */
const JITTER = 0.2
/** The venue cuts at five messages a second, pongs included. */
const ASKS_A_TICK = 2
/** Above a tick's second: ticks that come in time are no standstill. */
const STILL_MS_MIN = 3_000

export class Line {
  connection: Connection = BEGINNING
  pongMs = 0
  readonly #parts: LineParts
  readonly #limits: LineLimits
  #link: Link | undefined
  #next: Link | undefined
  #signal = new AbortController().signal
  #isPaused = false
  #reason: Reconnect = 'lost'
  #upMs = 0
  #tickMs = Number.POSITIVE_INFINITY

  constructor(parts: LineParts, limits: LineLimits) {
    this.#parts = parts
    this.#limits = limits
  }

  get isUp(): boolean {
    return isUp(this.connection)
  }

  get openedMs(): number | undefined {
    return this.isUp ? this.#link?.openedMs : undefined
  }

  start(signal: AbortSignal): void {
    this.#signal = signal
    this.#link = this.#open(0)
  }

  stop(): void {
    const links = [this.#link, this.#next]
    this.#link = this.#next = undefined
    for (const link of links) link?.socket.close()
  }

  /** Nothing is read while the log is full. */
  pause(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return
    this.#isPaused = isPaused
    this.#parts.logger.warn(isPaused ? 'the log is slow: nothing is read of the venue' : 'the venue is read again')
    for (const link of [this.#link, this.#next]) {
      if (!link) continue
      link.heardMs = this.#parts.clock.nowMs()
      link.socket[isPaused ? 'pause' : 'resume']()
    }
  }

  /** A symbol is silent here while the venue trades it. */
  silent(): void {
    this.#handle('silent', 'silent')
  }

  /** Called every second. */
  tick(nowMs: number): void {
    const link = this.#link
    // This process stood still: what the venue sent meanwhile is still to be read.
    if (link && nowMs - this.#tickMs > Math.max(STILL_MS_MIN, this.#limits.staleMs / 3)) link.heardMs = nowMs
    this.#tickMs = nowMs
    for (const one of [link, this.#next]) {
      if (!one?.openedMs) continue
      for (const text of one.asks.due(ASKS_A_TICK, nowMs)) one.socket.send(text)
      if (one.asks.areSent && !one.isSubscribed) this.#subscribed(one)
    }
    if (!link || !this.isUp) return
    if (!this.#isPaused && nowMs - link.heardMs >= this.#limits.staleMs) {
      this.#parts.logger.warn(
        { host: this.#hostOf(link) },
        'nothing is heard of the venue: the connection is made anew',
      )
      link.socket.close()
      return
    }
    const next = this.#next
    if (next?.isSubscribed) this.#weigh(link, next, nowMs)
    if (nowMs - link.openedMs >= this.#limits.lifeMs) this.#handle('due', 'renewed')
    else if (nowMs - this.#upMs >= this.#limits.homeMs) {
      this.#upMs = nowMs
      this.#handle('home', 'home')
    }
  }

  #hostOf = ({ host }: Link): string => this.#parts.hosts[host]!

  #open(host: number): Link {
    const { open, hosts, streams, timeUnit, clock } = this.#parts
    const { path, asks } = subscriptions(streams, timeUnit)
    const url = `${hosts[host]}${path}`
    const link: Link = {
      host,
      openedMs: 0,
      heardMs: clock.nowMs(),
      deliveredMs: 0,
      isSubscribed: false,
      asks: new Asks(asks),
      socket: open(url, {
        opened: () => this.#opened(link),
        message: (bytes) => this.#message(link, bytes),
        pinged: () => {
          link.heardMs = clock.nowMs()
          this.pongMs = link.heardMs
        },
        closed: (why) => this.#closed(link, why),
      }),
    }
    return link
  }

  #opened(link: Link): void {
    link.openedMs = link.heardMs = this.#parts.clock.nowMs()
    if (this.#isPaused) link.socket.pause()
    if (link === this.#link) this.#handle('opened')
    if (link.asks.areSent) this.#subscribed(link)
  }

  #subscribed(link: Link): void {
    link.isSubscribed = true
    if (link !== this.#link) return
    this.#handle('subscribed')
    this.#upMs = link.openedMs
    this.#parts.logger.info({ host: this.#hostOf(link), streams: this.#parts.streams.length }, 'connected')
    this.#parts.up()
  }

  #message(link: Link, bytes: Uint8Array): void {
    link.heardMs = this.#parts.clock.nowMs()
    const what = this.#parts.message(bytes, this.#hostOf(link))
    if (this.#parts.isFull()) this.pause(true)
    if (what === 'shutdown' && link === this.#link) {
      this.#parts.logger.info({ host: this.#hostOf(link) }, 'the server says that it shuts down')
      this.#handle('due', 'renewed')
    }
    if (what === 'reply') link.asks.answered(this.#parts.replyTo())
    if (what === 'refusal') this.#refused(link, bytes)
    if (what !== 'market') return
    const isFirst = link.deliveredMs === 0
    link.deliveredMs = link.heardMs
    if (!isFirst) return
    if (link === this.#next) this.#promote(link)
    else if (link === this.#link) {
      this.#handle('settled')
      this.#parts.circuit(false)
    }
  }

  #refused(link: Link, bytes: Uint8Array): void {
    const { logger, metrics, clock, replyTo } = this.#parts
    const said = Buffer.from(bytes.subarray(0, 200)).toString()
    metrics.failed('connection')
    logger.error({ host: this.#hostOf(link), said }, 'the venue refuses a subscription: it is asked for again')
    link.asks.refused(replyTo(), clock.nowMs())
  }

  /** Where the old socket delivers and the new one does not, the new one is dead. */
  #weigh(old: Link, next: Link, nowMs: number): void {
    const openMs = nowMs - next.openedMs
    if (openMs < OVERLAP_MS) return
    if (old.deliveredMs < next.openedMs) this.#promote(next)
    else if (openMs >= this.#limits.staleMs) next.socket.close()
  }

  /** The new socket takes the old one's place. */
  #promote(link: Link): void {
    const old = this.#link
    this.#link = link
    this.#next = undefined
    this.connection = movedTo(this.connection, link.host)
    this.#upMs = this.#parts.clock.nowMs()
    this.#handle('replaced')
    this.#handle('settled')
    this.#parts.metrics.reconnected(this.#reason)
    this.#parts.logger.info({ host: this.#hostOf(link), reason: this.#reason }, 'connection replaced')
    old?.socket.close()
    if (link.deliveredMs > 0) this.#parts.circuit(false)
    this.#parts.up()
  }

  #closed(link: Link, why: string): void {
    if (this.#signal.aborted) return
    const { logger, metrics } = this.#parts
    if (link !== this.#link && link !== this.#next) return
    metrics.failed('connection')
    logger.warn({ host: this.#hostOf(link), why }, 'connection lost')
    if (link === this.#next) {
      this.#next = undefined
      // Tried again like a renewal that is still due; not at once.
      this.#link!.openedMs += this.#reason === 'renewed' ? 2 * this.#limits.firstWaitMs : 0
      this.#handle('not-replaced')
      return
    }
    const next = this.#next
    this.#link = next
    this.#next = undefined
    if (next) {
      // The new one is on its way already: it is the connection now.
      this.connection = { ...movedTo(this.connection, next.host), phase: next.openedMs ? 'subscribing' : 'connecting' }
      if (next.isSubscribed) this.#subscribed(next)
      return
    }
    this.#handle('lost', 'lost')
  }

  #handle(event: Event, reason?: Reconnect): void {
    const before = this.connection
    const [after, action] = step(before, event, this.#limits)
    this.connection = after
    if (action === null) return
    if (reason) this.#reason = reason
    if (action.do === 'wait') this.#wait(action.ms)
    else if (action.do === 'replace') this.#next = this.#open(action.host)
    else {
      this.#parts.metrics.reconnected('lost')
      this.#link = this.#open(action.host)
    }
  }

  #wait(ms: number): void {
    const { clock, random, logger, circuit } = this.#parts
    const { phase, failures } = this.connection
    if (phase === 'circuit-open') {
      logger.error(
        { failures, againInMs: ms },
        'the circuit is open: no host of the venue answers; it is tried for ever',
      )
      circuit(true)
    }
    const waitMs = Math.round(ms * (1 - JITTER * random()))
    clock.sleep(waitMs, this.#signal).then(
      () => this.#handle('waited'),
      () => {}, // it stops
    )
  }
}
