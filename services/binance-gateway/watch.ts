/**
 * What a feed does by the clock: looks for silence, sends letters, notes where it stands, asks for the venue's time, and says
 * every 30 s that it lives.
 */
import { mayPass } from '@k2/service/wait.ts'
import { idsIn } from './core/ranges.ts'
import { topicsOf } from './core/venue.ts'
import type { FeedPorts, Running } from './prepare.ts'
import { Silence } from './silence.ts'

const TICK_MS = 1_000
const NOTE_MS = 5_000
const BEAT_MS = 30_000
const TIME_MS = 60_000
const SKEW_MS_MAX = 1_000

export class Watch {
  readonly #ports: FeedPorts
  readonly #running: Running
  readonly #letterTopic: string
  readonly #silence: Silence
  #skewMs = 0

  constructor(ports: FeedPorts, running: Running, letterTopic: string, staleMs: number) {
    this.#ports = ports
    this.#running = running
    this.#letterTopic = letterTopic
    this.#silence = new Silence(running, ports.logger, staleMs)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports
    const startMs = clock.nowMs()
    const due = new Map([NOTE_MS, BEAT_MS].map((everyMs) => [everyMs, startMs + everyMs]))
    let timeMs = startMs
    let asking: Promise<void> | undefined
    let writing: Promise<void> | undefined
    const failed = new AbortController()
    const ending = AbortSignal.any([signal, failed.signal])
    while (!ending.aborted) {
      const nowMs = clock.nowMs()
      this.#tick(nowMs)
      // A log that is away holds up no look at the connections.
      if (writing === undefined) {
        const isNoted = isDue(due, NOTE_MS, nowMs)
        writing = this.#write(isNoted)
          .catch((error) => failed.abort(error))
          .finally(() => {
            writing = undefined
          })
      }
      if (isDue(due, BEAT_MS, nowMs)) this.#beat(nowMs)
      if (nowMs >= timeMs && asking === undefined) {
        timeMs = nowMs + TIME_MS
        asking = this.#askTime(signal).finally(() => {
          asking = undefined
        })
        asking.catch(() => {})
      }
      await clock.sleep(TICK_MS, ending).catch(() => {})
    }
    failed.signal.throwIfAborted()
    await asking?.catch(() => {})
    await writing
  }

  async sendLetters(): Promise<void> {
    const { intake } = this.#running
    // A copy: more may come while these are appended.
    const letters = [...intake.letters]
    if (letters.length === 0) return
    await this.#unlessAway(async () => {
      await this.#ports.log.append(this.#letterTopic, letters)
      intake.letters = intake.letters.slice(letters.length)
    })
  }

  #tick(nowMs: number): void {
    const { venue, lines, intake, trades, quotes, metrics, streams } = this.#running
    for (const line of lines) {
      line.pause(trades.isFull)
      line.tick(nowMs)
    }
    const policy = this.#ports.policy?.()
    if (policy !== undefined) intake.thin(({ symbol }) => policy.defers(topicsOf(venue).quotes, symbol))
    intake.flushQuotes()
    intake.count()
    this.#silence.look(nowMs)
    const opened = lines.map(({ openedMs }) => openedMs ?? nowMs)
    metrics.status.set(lines.every(({ isUp }) => isUp) ? 1 : 0)
    metrics.lifetime.set((nowMs - Math.min(...opened)) / 1_000)
    metrics.lastMessage.set(intake.lastMicros() / 1e6)
    metrics.lastPong.set(Math.max(...lines.map(({ pongMs }) => pongMs)) / 1_000)
    metrics.liveSymbols.set(this.#silence.live().length)
    metrics.missing.set(streams.reduce((sum, { sent }) => sum + idsIn(sent.gaps), 0))
    metrics.inMemory.set(trades.bytes - trades.spooledBytes + quotes.bytes)
    metrics.onDisk.set(trades.spooledBytes)
  }

  async #write(isNoted: boolean): Promise<void> {
    await this.#unlessAway(() => this.#running.claim.renew())
    await this.sendLetters()
    if (isNoted) await this.note()
  }

  /** Where the feed stands in the log. */
  async note(): Promise<void> {
    const { standing, trades } = this.#running
    if (trades.trouble === undefined) await this.#unlessAway(() => standing.note(trades.ends))
  }

  /** The lanes wait for a log that is away, and say so; here it is only passed over. */
  async #unlessAway(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!mayPass(error)) throw error
    }
  }

  #beat(nowMs: number): void {
    const { venue, lines, intake, streams, trades, quotes, metrics, refill } = this.#running
    metrics.heartbeats.add()
    this.#ports.logger.info(
      {
        exchange: venue.exchange,
        phases: lines.map(({ connection }) => connection.phase),
        hosts: lines.map(({ connection }) => venue.streams[connection.host]),
        live: this.#silence.live().map(({ symbol }) => symbol),
        silentMs: Math.round(nowMs - intake.lastMicros() / 1_000),
        missing: streams.reduce((sum, { sent }) => sum + idsIn(sent.gaps), 0),
        filling: refill.waiting,
        waitingBytes: trades.bytes + quotes.bytes,
        skewMs: this.#skewMs,
      },
      'heartbeat',
    )
  }

  /** How far our clock is ahead of the venue's; nothing is corrected by it. */
  async #askTime(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#ports
    const { rest, metrics } = this.#running
    const { bytes, sentMicros = 0 } = await rest.ask('time', '/api/v3/time', signal)
    if (bytes === undefined) return
    const { serverTime } = JSON.parse(Buffer.from(bytes).toString())
    if (!Number.isSafeInteger(serverTime)) return
    const venueMicros = serverTime < 1e14 ? serverTime * 1_000 : serverTime
    const ours = (sentMicros + clock.nowMicros()) / 2
    this.#skewMs = Math.round((ours - venueMicros) / 1_000)
    metrics.skew.set((ours - venueMicros) / 1e6)
    if (Math.abs(this.#skewMs) > SKEW_MS_MAX)
      logger.warn({ skewMs: this.#skewMs }, 'our clock and the venue’s differ: times are kept as each says them')
  }
}

function isDue(due: Map<number, number>, everyMs: number, nowMs: number): boolean {
  if (nowMs < due.get(everyMs)!) return false
  due.set(everyMs, nowMs + everyMs)
  return true
}
