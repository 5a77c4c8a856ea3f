/**
 * One venue's live feed into the log, for as long as it is wanted.
 *
 *   symbols (checked) ─► what the log holds ─► connections ─► intake ─► lanes ─► log(trades), log(quotes)
 *                                                  │             └─ holes ─► refill ─► intake
 *                                                  └─ interruptions ─► refill
 *
 * The order of its end: connections, then lanes, then the note of where it stands.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { deadLetterTopic } from '@k2/contracts/topics.ts'
import type { Clock } from '@k2/service/clock.ts'
import { waitFor } from '@k2/service/wait.ts'
import { type Change, Chosen } from './chosen.ts'
import { Claim } from './claim.ts'
import { type FeedVenue, topicsOf } from './core/venue.ts'
import { type FeedPorts, type FeedSettings, prepare, type Running } from './prepare.ts'
import type { Rest } from './rest.ts'
import { listingsOf } from './symbols.ts'
import { Watch } from './watch.ts'

export interface Feed {
  readonly exchange: string
  run(signal: AbortSignal): Promise<void>
  /** Why it cannot record now; undefined where it does. */
  ready(): string | undefined
  /** Of a symbol. */
  symbolReady(symbol: string): string | undefined
  /** Told when no host answers, and when one does again. */
  onCircuit: (isOpen: boolean) => void
  /** Those that it records, or would. */
  symbols(): readonly string[]
  /**
   * Records others from now on, also after a restart, on connections made anew: an interruption as any other, so no trade is lost.
   * Errors: INVALID_ARGUMENT for what the venue does not list, NOT_READY where it cannot say.
   */
  change(symbols: Change, signal: AbortSignal): Promise<void>
  onSymbols: () => void
}

const CHECK_MS_MAX = 20_000

export function feedOf(ports: FeedPorts, settings: FeedSettings): Feed {
  const { venue } = settings
  const { exchange } = venue
  const logger = ports.logger.child({ exchange })
  let trouble: string | undefined = 'it is not wanted now'
  let running: Running | undefined
  let changing = new AbortController()
  let turn: Promise<unknown> = Promise.resolve()
  const changed = () => feed.onSymbols()
  const chosen = new Chosen({ log: ports.log, logger, exchange, given: settings.symbols, changed })
  const tell = (why: string | undefined) => {
    trouble = why
  }
  const waitingFor = (signal: AbortSignal) => ({ clock: ports.clock, logger, random: ports.random, signal, tell })

  async function recordUntil(claim: Claim, signal: AbortSignal): Promise<void> {
    trouble = `it waits for ${exchange} to say which symbols it lists`
    const wanted = { ...settings, symbols: chosen.symbols }
    const circuit = (isOpen: boolean) => feed.onCircuit(isOpen)
    const prepared = await prepare({ ...ports, logger }, wanted, waitingFor(signal), circuit, claim)
    trouble = undefined
    running = prepared
    try {
      await record({ ...ports, logger }, prepared, settings.line.staleMs, signal)
    } finally {
      running = undefined
    }
  }

  const feed: Feed = {
    exchange,
    onCircuit: () => {},
    ready: () => trouble ?? lineTrouble(running) ?? (running && laneTrouble(running)),
    symbolReady(symbol) {
      const subject = running?.subjects.all.find((one) => one.symbol === symbol)
      if (!running || !subject || !running.lineOf(subject).isUp) return 'it is not connected'
      if (running.streams[subject.index]!.isSetBack) return 'its trade ids are lower than those recorded'
      if (running.latest.isDoubtful(subject)) return 'its trade ids jumped, and the venue has not said how far they are'
      return running.silent.has(subject) ? 'it is silent, while the venue trades it' : undefined
    },
    async run(signal) {
      const claim = new Claim({ ...ports, exchange })
      const waiting = waitingFor(signal)
      try {
        await waitFor(() => claim.take(tell, signal), waiting)
        await waitFor(() => chosen.read(), waiting)
        for (let isChanged = true; isChanged; ) {
          changing = new AbortController()
          const { signal: change } = changing
          const ended = recordUntil(claim, AbortSignal.any([signal, change]))
          // A change ends what is recorded, as a stop does; then it begins anew.
          isChanged = await ended.then(
            () => change.aborted,
            (error) => {
              if (signal.aborted || !(change.aborted || chosen.isDropped(error))) throw error
              return true
            },
          )
          if (signal.aborted) return
        }
      } finally {
        trouble = 'it is not wanted now'
        await claim.release().catch((error) => logger.warn({ error }, 'another gateway waits until the claim is old'))
      }
    },
    onSymbols: () => {},
    symbols: () => chosen.symbols,
    change(wish, signal) {
      const mine = turn.then(() => change(wish, signal))
      turn = mine.catch(() => {})
      return mine
    },
  }

  /** One after the other: each begins with what the last one left. */
  async function change(wish: Change, signal: AbortSignal): Promise<void> {
    if (running === undefined) throw new K2Error('NOT_READY', `${exchange} is not recorded now: ${trouble}.`)
    await expectListed(wish.add, venue, running.rest, ports.clock, signal)
    if (await chosen.change(wish)) changing.abort()
  }

  return feed
}

async function expectListed(
  symbols: readonly string[],
  venue: FeedVenue,
  rest: Rest,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (symbols.length === 0) return
  const within = AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS_MAX)])
  try {
    await listingsOf(symbols, venue, rest, clock, within, () => {})
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof K2Error && error.code === 'SETTINGS_INVALID')
      throw new K2Error('INVALID_ARGUMENT', error.message, error.details)
    if (!within.aborted) throw error
    throw new K2Error('NOT_READY', `${venue.exchange} does not say which symbols it lists: ask again later.`)
  }
}

function lineTrouble(running: Running | undefined): string | undefined {
  const line = running?.lines.find(({ isUp }) => !isUp)
  if (!line) return undefined
  const { phase, failures } = line.connection
  if (phase === 'circuit-open') return `no host answers (${failures} failures in a row); it is tried again for ever`
  return `a connection is ${phase}`
}

function laneTrouble({ trades, quotes }: Running): string | undefined {
  const isFull = trades.isFull ? 'the log is slow: nothing is read of the venue' : undefined
  return trades.trouble ?? quotes.trouble ?? isFull
}

async function record(ports: FeedPorts, running: Running, staleMs: number, signal: AbortSignal): Promise<void> {
  const { lines, trades, quotes, refill, latest } = running
  const failed = new AbortController()
  const ending = AbortSignal.any([signal, failed.signal])
  const flushing = new AbortController()
  const orFail = async (work: Promise<void>) => {
    try {
      await work
    } catch (error) {
      // Whoever fails ends the others; an end that was asked for is none.
      if (!ending.aborted) failed.abort(error)
    }
  }
  const letters = deadLetterTopic(topicsOf(running.venue).trades.name)
  const watch = new Watch(ports, running, letters, staleMs)
  const appending = [orFail(trades.run(flushing.signal)), orFail(quotes.run(flushing.signal))]
  await watch.note()
  for (const line of lines) line.start(ending)
  await Promise.all([orFail(watch.run(ending)), orFail(refill.run(ending)), orFail(latest.run(ending))])
  for (const line of lines) line.stop()
  running.intake.flushQuotes()
  flushing.abort()
  await Promise.all(appending)
  if (failed.signal.aborted) throw failed.signal.reason
  await watch.sendLetters()
  await watch.note()
}
