/**
 * One venue's live feed into the log, for as long as it is wanted.
 *
 *   symbols (checked) ─► what the log holds ─► connections ─► intake ─► lanes ─► log(trades), log(quotes)
 *                                                  │             └─ holes ─► refill ─► intake
 *                                                  └─ interruptions ─► refill
 *
 * The order of its end: connections, then lanes, then the note of where it stands.
 */
import { deadLetterTopic } from '@k2/contracts/topics.ts'
import { topicsOf } from './core/venue.ts'
import { type FeedPorts, type FeedSettings, prepare, type Running } from './prepare.ts'
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
}

export function feedOf(ports: FeedPorts, settings: FeedSettings): Feed {
  const { venue } = settings
  const { exchange } = venue
  const logger = ports.logger.child({ exchange })
  let trouble: string | undefined = 'it is not wanted now'
  let running: Running | undefined
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
      const tell = (why: string | undefined) => {
        trouble = why
      }
      trouble = `it waits for ${exchange} to say which symbols it lists`
      const waiting = { clock: ports.clock, logger, random: ports.random, signal, tell }
      const prepared = await prepare({ ...ports, logger }, settings, waiting, (isOpen) => feed.onCircuit(isOpen))
      trouble = undefined
      running = prepared
      try {
        await record({ ...ports, logger }, prepared, settings.line.staleMs, signal)
      } finally {
        running = undefined
        trouble = 'it is not wanted now'
      }
    },
  }
  return feed
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
