/**
 * What a feed is made of, once the venue has said which symbols it lists and the log what it holds of them: lanes to the log, the
 * intake before them, what refills, and the connections.
 */
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import { type GuardOf, guard } from '@k2/service/guard.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { waitFor } from '@k2/service/wait.ts'
import type { Policy } from '@k2/shedding/policy.ts'
import type { Ask } from './adapters/requests.ts'
import type { Spool } from './adapters/spool.ts'
import type { Claim } from './claim.ts'
import type { IdRange } from './core/ranges.ts'
import { TradeStream } from './core/stream.ts'
import { STREAMS_MAX, streamNames } from './core/streams.ts'
import { type Subject, Subjects, subjectOf, type TradeKind } from './core/subject.ts'
import { type FeedVenue, topicsOf } from './core/venue.ts'
import { Intake } from './intake.ts'
import { Lane, type LaneLimits } from './lane.ts'
import { Latest } from './latest.ts'
import { Line, type LineLimits, type OpenSocket } from './line.ts'
import { type FeedMetrics, feedMetrics } from './metrics.ts'
import { readBack, readRange } from './readback.ts'
import { Refill, type RefillLimits } from './refill.ts'
import { isUnanswered, type Rest, restOf } from './rest.ts'
import { Standing } from './standing.ts'
import { listingsOf } from './symbols.ts'

export interface FeedPorts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly open: OpenSocket
  readonly ask: Ask
  /** What the level defers; absent where nothing is heard of it. */
  readonly policy?: () => Policy
  /** By default nobody watches its circuits. */
  readonly guardOf?: GuardOf
  readonly spool: (exchange: string) => Spool
  readonly reached: (moment: string) => void
  /** A name that no other gateway has, and this one again after a restart. */
  readonly holder: string
}

export interface FeedSettings {
  readonly venue: FeedVenue
  readonly symbols: readonly string[]
  readonly tradeKind: TradeKind
  readonly line: Omit<LineLimits, 'hosts'>
  readonly refill: RefillLimits
  readonly lane: LaneLimits
}

/** Records of all symbols that wait for what lies before them, and the least of one. */
const HELD_BYTES_MAX = 32 * 2 ** 20
const HELD_BYTES_MIN = 64 * 2 ** 10

/** All that a feed has once it knows its symbols and what the log holds of them. */
export interface Running {
  readonly venue: FeedVenue
  readonly subjects: Subjects
  readonly streams: readonly TradeStream[]
  readonly lines: readonly Line[]
  readonly lineOf: (subject: Subject) => Line
  readonly trades: Lane
  readonly quotes: Lane
  readonly intake: Intake
  readonly refill: Refill
  readonly latest: Latest
  readonly standing: Standing
  readonly claim: Claim
  readonly rest: Rest
  readonly metrics: FeedMetrics
  readonly silent: Set<Subject>
}

export async function prepare(
  ports: FeedPorts,
  settings: FeedSettings,
  waiting: Parameters<typeof waitFor>[1],
  circuit: (isOpen: boolean) => void,
  claim: Claim,
): Promise<Running> {
  const { log, registry, clock, logger } = ports
  const { venue, tradeKind } = settings
  const { signal } = waiting
  const metrics = feedMetrics(ports.telemetry, venue.exchange)
  const rest = requests(ports, venue, metrics)
  const listings = await listingsOf(settings.symbols, venue, rest, clock, signal, () => circuit(true))
  const subjects = new Subjects(listings.map((listing, i) => subjectOf(venue.exchange, tradeKind, listing, i)))
  const topics = topicsOf(venue)
  const schemaId = (kind: 'trades' | 'quotes') =>
    waitFor(() => registry.register(`${topics[kind].name}-value`, SCHEMAS[kind]), waiting)
  const [tradeSchema, quoteSchema] = [await schemaId('trades'), await schemaId('quotes')]
  const forgot = ({ symbol }: Subject, { from, to }: IdRange) => {
    metrics.forgotten.add(to - from)
    logger.error({ symbol, from, to }, 'too many gaps are open: the oldest is not asked for any more')
  }
  const parts = { log, registry, topic: topics.trades, exchange: venue.exchange, tradeKind, subjects, logger, forgot }
  const standing = await waitFor(() => Standing.found(parts, signal), waiting)
  const heldBytesMax = Math.max(HELD_BYTES_MIN, HELD_BYTES_MAX / subjects.all.length)
  const streams = standing.states().map((state) => new TradeStream(state, heldBytesMax))
  const held = () => claim.held()
  const common = { log, clock, held, reached: ports.reached, failed: appendFailed(logger, metrics) }
  const lost = (subject: Subject, id: number) => refill.lost(subject, id)
  const trades = tradeLane(
    ports,
    settings,
    { ...common, subjects, standing, claim, metrics, waiting, lost },
    tradeSchema,
  )
  trades.ends = new Map(standing.ends)
  const quotes = quoteLane(ports, settings, subjects, quoteSchema, { ...common, metrics })
  const quoteRanges = await waitFor(() => log.ranges([topics.quotes.name]), waiting)
  quotes.ends = new Map(quoteRanges.map(({ partition, to }) => [partition, to]))
  const intake: Intake = new Intake({
    subjects,
    tradeKind,
    streams,
    trades,
    quotes,
    clock,
    metrics,
    behind: (subject) => refill.behind(subject),
    doubted: (subject, trade) => latest.doubt(subject, trade),
    quoteBytesMax: settings.lane.memoryBytesMax / 2,
  })
  const hasRoom = () => !trades.isFull
  const unbegun = (subject: Subject) => void latest.ask(subject)
  const refill: Refill = new Refill(
    { subjects: subjects.all, streams, tradeKind, rest, intake, clock, logger, metrics, hasRoom, unbegun },
    settings.refill,
  )
  const latest: Latest = new Latest({ streams, tradeKind, rest, intake, refill, clock, logger })
  const { lines, lineOf } = linesOf(ports, settings, { subjects, intake, refill, metrics, trades, circuit })
  const silent = new Set<Subject>()
  const flow = { streams, lines, lineOf, trades, quotes, intake, refill, latest }
  return { venue, subjects, ...flow, standing, claim, rest, metrics, silent }
}

const FOREIGN =
  'trades of this feed are in the log that this gateway did not know of, and may be there twice: another gateway records it, or an append landed after it was given up'

function requests({ ask, clock, logger, guardOf = guard }: FeedPorts, venue: FeedVenue, metrics: FeedMetrics): Rest {
  const dependency = venue.exchange === 'BINANCE' ? 'binance' : 'binanceus'
  function failed(why: string): void {
    metrics.failed('request')
    logger.warn({ why }, 'a request failed')
  }
  return restOf(venue, { ask, clock, guard: guardOf(dependency, { isFailure: isUnanswered }), failed })
}

const appendFailed = (logger: Logger, metrics: FeedMetrics) => (error: unknown) => {
  metrics.failed('append')
  logger.warn({ error }, 'an append failed')
}

type CommonPorts = Pick<ConstructorParameters<typeof Lane>[2], 'log' | 'clock' | 'held' | 'reached' | 'failed'> & {
  readonly metrics: FeedMetrics
}

interface TradeLaneParts extends CommonPorts {
  readonly subjects: Subjects
  readonly standing: Standing
  readonly claim: Claim
  readonly waiting: Parameters<typeof waitFor>[1]
  readonly lost: (subject: Subject, id: number) => void
}

function tradeLane(ports: FeedPorts, settings: FeedSettings, parts: TradeLaneParts, schemaId: number): Lane {
  const { subjects, standing, claim, metrics, waiting } = parts
  const { logger } = ports
  const topic = topicsOf(settings.venue).trades
  const bySymbol = new Map(subjects.all.map((subject) => [subject.symbol, subject]))
  const identityOf = (symbol: string) => bySymbol.get(symbol)?.tradeIds
  return new Lane(
    topic,
    schemaId,
    {
      ...parts,
      spool: ports.spool(settings.venue.exchange),
      lost: (batch, error) => {
        logger.error({ error, trades: batch.count }, 'trades that waited on disk are lost: the venue is asked for them')
        metrics.failed('spool')
        for (const [i, subject] of batch.subjects.entries()) parts.lost(subject, batch.ids[i]!)
      },
      landed: (subject, id) => standing.landed(subject, id),
      isLanded: (subject, id) => standing.isLanded(subject, id),
      readBack: (from, stop) => {
        const found = (symbol: string, id: number) => standing.landed(bySymbol.get(symbol)!, id)
        return readBack(ports, topic, from, identityOf, found, stop)
      },
      foreign: async (ranges) => {
        let count = 0
        const found = (symbol: string, id: number) => {
          count++
          standing.landed(bySymbol.get(symbol)!, id)
        }
        for (const range of ranges)
          await waitFor(() => readRange(ports, topic, range, identityOf, found, waiting.signal), waiting)
        if (count === 0) return
        metrics.failed('foreign')
        logger.error({ trades: count }, FOREIGN)
        await waitFor(() => claim.look(), waiting)
      },
      appended: (_, seconds) => metrics.tradeLatency.observe(seconds),
    },
    settings.lane,
  )
}

/** Quotes that an append may have brought in are looked for, as trades are: their ids ascend. */
function quoteLane(
  ports: FeedPorts,
  { venue, lane }: FeedSettings,
  subjects: Subjects,
  schemaId: number,
  common: CommonPorts,
): Lane {
  const topic = topicsOf(venue).quotes
  const landed = new Map<string, number>()
  const land = (symbol: string, id: number) => void landed.set(symbol, Math.max(id, landed.get(symbol) ?? -1))
  const identities = new Map(subjects.all.map(({ symbol, quoteIds }) => [symbol, quoteIds]))
  return new Lane(
    topic,
    schemaId,
    {
      ...common,
      landed: ({ symbol }, id) => land(symbol, id),
      isLanded: ({ symbol }, id) => id <= (landed.get(symbol) ?? -1),
      readBack: (from, stop) => readBack(ports, topic, from, (symbol) => identities.get(symbol), land, stop),
      appended: (_, seconds) => common.metrics.quoteLatency.observe(seconds),
    },
    { ...lane, spoolBytesMax: 0 },
  )
}

function linesOf(
  ports: FeedPorts,
  settings: FeedSettings,
  parts: Pick<Running, 'subjects' | 'intake' | 'refill' | 'metrics' | 'trades'> & {
    readonly circuit: (isOpen: boolean) => void
  },
): Pick<Running, 'lines' | 'lineOf'> {
  const { subjects, intake, refill, metrics, trades, circuit } = parts
  const { venue, tradeKind } = settings
  const size = STREAMS_MAX / 2
  const lines: Line[] = []
  for (let at = 0; at < subjects.all.length; at += size) {
    const own = subjects.all.slice(at, at + size)
    const up = () => {
      const micros = ports.clock.nowMicros()
      for (const subject of own) {
        intake.tradeMicros[subject.index] = micros
        refill.catchUp(subject)
      }
    }
    lines.push(
      new Line(
        {
          ...ports,
          metrics,
          circuit,
          isFull: () => trades.isFull,
          up,
          hosts: venue.streams,
          timeUnit: venue.timeUnit,
          streams: own.flatMap(({ symbol }) => streamNames(symbol, tradeKind)),
          message: (bytes, feed) => intake.message(bytes, feed),
          replyTo: () => intake.replyTo,
        },
        { ...settings.line, hosts: venue.streams.length },
      ),
    )
  }
  return { lines, lineOf: ({ index }) => lines[Math.floor(index / size)]! }
}
