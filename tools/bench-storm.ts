/**
 * `npm run bench -- gateway-storm [MINUTES [MESSAGES_PER_SECOND]]`: the gateway under more than its log takes: two fifths of the rate,
 * and for a quarter of each minute a fiftieth, which is less than the trades alone. Prints memory over time, what waits and
 * what gave way. When the storm is over each trade id must be in the log once; fails where one is not, or where memory passes
 * what the container has.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { folderSpool } from '@k2/binance-gateway/adapters/spool.ts'
import { binanceGateway } from '@k2/binance-gateway/compose.ts'
import { Ledger } from '@k2/binance-gateway/core/ledger.ts'
import { subjectOf } from '@k2/binance-gateway/core/subject.ts'
import { asGateway } from '@k2/binance-gateway/gateway.ts'
import { readBack } from '@k2/binance-gateway/readback.ts'
import { gatewaySettings } from '@k2/binance-gateway/settings.ts'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { marketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { createLogger } from '@k2/service/logger.ts'
import { readSettings } from '@k2/service/settings.ts'
import { createTelemetry, type Telemetry } from '@k2/service/telemetry.ts'
import { STORM_FIRST_ID, STORM_SYMBOLS, stormVenue } from './bench-storm-venue.ts'

const LOOK_MS = 5_000
const MINUTE_MS = 60_000
const SLOW_FROM_MS = 10_000
const SLOW_MS = 15_000
const USUAL_SHARE = 0.4
const SLOW_SHARE = 0.02
/** Of the gateway's container. */
const RSS_MAX = 512 * 2 ** 20
/** So that a quarter of a minute fills both. */
const LANE = { memoryBytesMax: 4 * 2 ** 20, spoolBytesMax: 4 * 2 ** 20 }
/** What was missed is asked for within the venue's weights, a minute each: where nothing comes for longer nothing will. */
const STILL_MS_MAX = 2.5 * MINUTE_MS
const TRADES = marketTopic('market.crypto.trades.binance')!

export async function stormBench(minutes = 1, messagesPerSecond = 50_000): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-storm-'))
  const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
  const stop = new AbortController()
  try {
    await log.createTopics(TOPICS)
    const venue = stormVenue(messagesPerSecond)
    const pace = slowed(log, messagesPerSecond)
    const registry = log.registry(incompatibility)
    const { telemetry, figure } = measuring()
    const ended = start(pace.log, registry, telemetry, venue, folder, stop.signal)
    const startMs = performance.now()
    const rss: number[] = []
    while (performance.now() - startMs < minutes * MINUTE_MS) {
      await Promise.race([sleep(LOOK_MS), ended])
      rss.push(process.memoryUsage.rss())
      process.stderr.write(`${lineOf(performance.now() - startMs, rss.at(-1)!, figure, venue)}\n`)
    }
    const { made, trades, seen } = { made: venue.made(), trades: venue.trades, seen: { ...venue.seen } }
    const stormMs = performance.now() - startMs
    venue.stop()
    pace.open()
    const found = await drained(log, registry, trades)
    stop.abort()
    await ended
    return judged({
      bench: 'gateway-storm',
      fed: 'below the socket: two shared cores do not carry so many messages through one',
      minutes,
      messages_per_second: Math.round((made * 1_000) / stormMs),
      log_records_per_second_max: Math.round(messagesPerSecond * USUAL_SHARE),
      rss_mb: [0, 1, 2].map((third) => megabytes(Math.max(...thirdOf(rss, third)))),
      spool_mb_max: megabytes(figure.max('k2_binance_buffered_bytes disk')),
      paused: seen.pauses,
      paused_seconds: Math.round(seen.pausedMs / 1_000),
      cut: seen.cuts,
      conflated_quotes: figure('k2_binance_conflated_quotes_total'),
      refilled_trades: figure('k2_binance_refilled_trades_total'),
      drain_seconds: Math.round((performance.now() - startMs - stormMs) / 1_000),
      ...found,
    })
  } finally {
    stop.abort()
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function start(
  log: Log,
  registry: SchemaRegistry,
  telemetry: Telemetry,
  { open, ask }: Pick<Parameters<typeof binanceGateway>[0], 'open' | 'ask'>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const given = asGateway(readSettings(gatewaySettings, {}, {}))
  const service = binanceGateway(
    {
      log,
      registry,
      telemetry,
      open,
      ask,
      clock: realClock,
      random: Math.random,
      logger: createLogger({ service: 'bench', environment: 'bench', level: 'error' }),
      spool: () => folderSpool(join(folder, 'spool')),
      reached: () => {},
      holder: 'bench',
    },
    { ...given, usWhen: 'never', lane: { ...given.lane, ...LANE } },
  )
  return service.run!(signal).catch((error) => {
    if (!signal.aborted) throw error
  })
}

/** The log, as one that takes so many records a second and no more. */
function slowed(log: Log, messagesPerSecond: number) {
  const startMs = performance.now()
  let freeMs = startMs
  let isOpen = false
  const slow: Log = new Proxy(log, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'append') return value.bind(target)
      return async (...args: Parameters<Log['append']>) => {
        const nowMs = performance.now()
        const minuteMs = (nowMs - startMs) % MINUTE_MS
        const isSlow = minuteMs >= SLOW_FROM_MS && minuteMs < SLOW_FROM_MS + SLOW_MS
        const perSecond = messagesPerSecond * (isSlow ? SLOW_SHARE : USUAL_SHARE)
        freeMs = Math.max(nowMs, freeMs) + (args[1].length * 1_000) / perSecond
        if (!isOpen) await sleep(freeMs - nowMs)
        return target.append(...args)
      }
    },
  })
  const open = () => {
    isOpen = true
  }
  return { log: slow, open }
}

/** Reads the log until it has all trades, or they have had their time; each id that is there, by ranges. */
async function drained(log: Log, registry: SchemaRegistry, trades: (symbol: number) => number) {
  const identities = new Map(
    STORM_SYMBOLS.map((symbol, i) => [symbol, subjectOf('BINANCE', 'trade', { symbol, currency: 'USDT' }, i).tradeIds]),
  )
  const forgot = () => {
    throw new Error('more holes than are counted')
  }
  const ledgers = new Map<string, Ledger>(STORM_SYMBOLS.map((symbol) => [symbol, new Ledger(undefined, forgot)]))
  const lowest = new Map<string, number>()
  let ends = new Map(Array.from({ length: TRADES.partitions }, (_, partition) => [partition, 0n]))
  let [records, doubled] = [0, 0]
  const count = (symbol: string, id: number) => {
    records++
    lowest.set(symbol, Math.min(id, lowest.get(symbol) ?? id))
    if (ledgers.get(symbol)!.take(id) === 'repeat') doubled++
  }
  const { signal } = new AbortController()
  let missing = Number.POSITIVE_INFINITY
  for (let stillMs = 0; missing > 0 && doubled === 0 && stillMs < STILL_MS_MAX; stillMs += 1_000) {
    await sleep(1_000)
    const before = records
    ends = await readBack({ log, registry }, TRADES, ends, (symbol) => identities.get(symbol), count, signal)
    if (records > before) stillMs = 0
    missing = STORM_SYMBOLS.reduce((sum, symbol, i) => {
      const { next, gaps } = ledgers.get(symbol)!
      const behind = STORM_FIRST_ID + trades(i) - Math.max(next, STORM_FIRST_ID)
      return sum + behind + gaps.reduce((holes, { from, to }) => holes + to - from, 0)
    }, 0)
  }
  return {
    trades: records,
    doubled,
    missing,
    trades_before_the_first: [...lowest.values()].map((id) => id - STORM_FIRST_ID),
  }
}

function judged<T extends { doubled: number; missing: number; rss_mb: number[] }>(figures: T): T {
  const { doubled, missing, rss_mb } = figures
  const isWrong = doubled > 0 || missing > 0 || Math.max(...rss_mb) > megabytes(RSS_MAX)
  if (isWrong) throw new Error(`the storm was not weathered: ${JSON.stringify(figures)}`)
  return figures
}

type Figure = ((name: string) => number) & { max(name: string): number }

/** Telemetry that also remembers the sums of counters, and of gauges the last and the highest value, by name and kind. */
function measuring(): { telemetry: Telemetry; figure: Figure } {
  const real = createTelemetry({ service: 'bench', environment: 'bench' })
  const last = new Map<string, number>()
  const highest = new Map<string, number>()
  const note = (key: string, value: number) => {
    last.set(key, value)
    highest.set(key, Math.max(value, highest.get(key) ?? 0))
  }
  const keyOf = (name: string, { kind }: { readonly kind?: string }) => (kind === undefined ? name : `${name} ${kind}`)
  const telemetry: Telemetry = {
    ...real,
    counter(name, labels) {
      const key = keyOf(name, labels)
      return { add: (amount = 1) => note(key, (last.get(key) ?? 0) + amount) }
    },
    gauge(name, labels) {
      const key = keyOf(name, labels)
      return { ...real.gauge(name, labels), set: (value) => note(key, value) }
    },
  }
  const figure = (name: string) => last.get(name) ?? 0
  return { telemetry, figure: Object.assign(figure, { max: (name: string) => highest.get(name) ?? 0 }) }
}

function lineOf(ms: number, rss: number, figure: Figure, { made, seen }: ReturnType<typeof stormVenue>): string {
  const waits = (kind: string) => megabytes(figure(`k2_binance_buffered_bytes ${kind}`))
  return [
    `${Math.round(ms / 1_000)} s`,
    `rss ${megabytes(rss)} MB`,
    `waits ${waits('memory')} MB, spool ${waits('disk')} MB`,
    `messages ${made()}`,
    `paused ${seen.pauses}, cut ${seen.cuts}`,
    `conflated ${figure('k2_binance_conflated_quotes_total')}`,
    `refilled ${figure('k2_binance_refilled_trades_total')}, missing ${figure('k2_binance_missing_trades')}`,
  ].join('; ')
}

const thirdOf = (values: readonly number[], third: number): readonly number[] =>
  values.slice(Math.floor((values.length * third) / 3), Math.max(1, Math.floor((values.length * (third + 1)) / 3)))

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
