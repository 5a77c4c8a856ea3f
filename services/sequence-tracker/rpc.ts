/** k2.v1.SequenceService: the ledger as the local store has it. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Meta } from '@k2/contracts/gen/k2/v1/Meta.ts'
import type { SequenceServiceDefinition } from '@k2/contracts/gen/k2/v1/SequenceService.ts'
import { eventCodec, type SequenceEvent, streamKey } from '@k2/contracts/records/sequence.ts'
import { SEQUENCE_EVENTS } from '@k2/contracts/topics.ts'
import { sliceAt } from '@k2/log/batches.ts'
import { FRAME_BYTES, schemaIdOf } from '@k2/log/framing.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { parseInstant } from '@k2/market/instant.ts'
import { venue } from '@k2/market/instrument.ts'
import { dayBounds } from '@k2/market/zone.ts'
import { type RpcHandlers, type RpcService, rpcService } from '@k2/service/rpc.ts'
import type { Row, View, Wanted } from './adapters/view.ts'
import { coverageOf } from './core/coverage.ts'
import { TRADE_TOPICS } from './core/numbers.ts'
import type { Ledger } from './ledger.ts'
import { coverageMessage, eventMessage, gapMessage, positionMessage, wordsOf } from './messages.ts'
import { GROUP } from './tracker.ts'

export const SEQUENCE_SERVICE = 'k2.v1.SequenceService'
const TOPICS = TRADE_TOPICS.map(({ name }) => name)
const LIMIT = 100
const LIMIT_MAX = 10_000
const SYMBOLS_MAX = 100
const DAY_MS = 86_400_000

export interface LedgerPorts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly ledger: Ledger
  /** Why answers would not be true now. */
  readonly ready: () => string | undefined
}

interface Request {
  readonly symbols: readonly string[]
  readonly exchange: string
  readonly date: string
  readonly limit: number
  readonly cursor: string
}

export function sequenceRpc(ports: LedgerPorts): RpcService {
  const { view } = ports.ledger
  async function answered<T, M>(request: Request, ask: (wanted: Wanted) => Row<T>[], message: (value: T) => M) {
    const startMs = performance.now()
    const wanted = wantedOf(request)
    const meta = await metaOf(ports)
    const rows = ask({ ...wanted, limit: wanted.limit + 1 })
    const page = rows.slice(0, wanted.limit)
    const hasMore = rows.length > page.length
    const more = { count: page.length, hasMore, nextCursor: hasMore ? cursorOf(page.at(-1)!.key) : '' }
    const elapsedMs = performance.now() - startMs
    return { rows: page.map(({ value }) => message(value)), meta: { ...meta, ...more, elapsedMs } }
  }

  const handlers: RpcHandlers<SequenceServiceDefinition> = {
    async ListPositions(request) {
      const { rows, meta } = await answered(request, (wanted) => view.positions(wanted), positionMessage)
      return { positions: rows, meta }
    },
    async ListSequenceGaps(request) {
      const statuses = wordsOf(request.statuses, 'GAP_STATUS')
      const { rows, meta } = await answered(request, (wanted) => view.events(wanted, ['gap'], statuses), gapMessage)
      return { gaps: rows, meta }
    },
    async ListSequenceEvents(request) {
      const named = wordsOf(request.kinds, 'SEQUENCE_EVENT_KIND')
      const kinds = named.length === 0 ? ['duplicate', 'late', 'reset'] : named
      const { rows, meta } = await answered(request, (wanted) => view.events(wanted, kinds, []), eventMessage)
      return { events: rows, meta }
    },
    async GetCoverage(request) {
      const startMs = performance.now()
      const meta = await metaOf(ports)
      const coverage = coverageMessage(...covered(view, request))
      return { coverage, meta: { ...meta, count: 1, elapsedMs: performance.now() - startMs } }
    },
    async *WatchSequence({ symbols, exchange }, { signal, stopping }) {
      limited(symbols)
      const isWanted = (event: SequenceEvent) =>
        (symbols.length === 0 || symbols.includes(event.symbol)) && (exchange === '' || event.exchange === exchange)
      for await (const event of eventsFromNow(ports, AbortSignal.any([signal, stopping])))
        if (isWanted(event)) yield eventMessage(event)
    },
  }
  return rpcService<SequenceServiceDefinition>(SEQUENCE_SERVICE, handlers)
}

/**
 * Up to which offsets records have been judged: what the group has noted, whichever member did. Positions are in the log
 * before that, so a look at it behind the note finds all that it stands for.
 */
async function metaOf({ log, ready, ledger }: LedgerPorts): Promise<Meta> {
  const why = ready()
  if (why !== undefined)
    throw new K2Error('NOT_READY', `Numbers are not judged now: ${why.replace(/\.$/, '')}. Ask again.`)
  const [noted, ranges] = await Promise.all([log.committed(GROUP, TOPICS), log.ranges(TOPICS)])
  await ledger.catchUp()
  const offsets = new Map(noted.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]))
  const complete = ranges.every(
    ({ topic, partition, from, to }) => to === from || (offsets.get(`${topic}/${partition}`) ?? from) >= to,
  )
  return {
    complete,
    reasons: complete ? [] : ['TRACKER_BEHIND'],
    offsets: Object.fromEntries([...offsets].map(([name, offset]) => [name, String(offset)])),
  }
}

function wantedOf({ symbols, exchange, date, limit, cursor }: Request): Wanted {
  limited(symbols)
  if (limit < 0 || limit > LIMIT_MAX) throw new K2Error('INVALID_ARGUMENT', `limit is 1 to ${LIMIT_MAX}, not ${limit}.`)
  if (date !== '') dayOf(date)
  return {
    ...(exchange !== '' && { exchange }),
    symbols,
    ...(date !== '' && { session: date }),
    after: cursor === '' ? '' : keyOf(cursor),
    limit: limit === 0 ? LIMIT : limit,
  }
}

function limited(symbols: readonly string[]): void {
  if (symbols.length > SYMBOLS_MAX)
    throw new K2Error('INVALID_ARGUMENT', `At most ${SYMBOLS_MAX} symbols at once, not ${symbols.length}.`)
}

const cursorOf = (key: string): string => Buffer.from(key).toString('base64url')

function keyOf(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString()
  if (cursorOf(key) !== cursor) throw new K2Error('INVALID_CURSOR', 'The cursor is none of ours. Ask without it.')
  return key
}

function dayOf(date: string): number {
  const micros = /^\d{4}-\d\d-\d\d$/.test(date) ? parseInstant(date) : undefined
  if (micros === undefined) throw new K2Error('INVALID_ARGUMENT', `date is a day such as 2014-03-10, not "${date}".`)
  return micros / 1000 / DAY_MS
}

function covered(view: View, asked: { readonly symbol: string; readonly exchange: string; readonly date: string }) {
  const { symbol, exchange, date } = asked
  if (symbol === '' || exchange === '') throw new K2Error('INVALID_ARGUMENT', 'symbol and exchange are needed.')
  const day = dayOf(date)
  const of = venue(exchange)
  const { from: fromMicros, to: toMicros } = dayBounds(of?.zone ?? 'UTC', day)
  const session = of?.numbersRestart === 'daily' ? date : ''
  const position = view.restore(streamKey({ exchange, symbol, session }))
  const coverage = position && coverageOf(position, { fromMicros, toMicros })
  if (position === undefined || coverage === undefined)
    throw new K2Error('NOT_FOUND', `No numbered trade of ${symbol} at ${exchange} is known of ${date}.`)
  return [position, date, coverage] as const
}

async function* eventsFromNow({ log, registry }: LedgerPorts, signal: AbortSignal): AsyncGenerator<SequenceEvent> {
  const ends = await log.ranges([SEQUENCE_EVENTS])
  const from = ends.map(({ topic, partition, to }) => ({ topic, partition, offset: to }))
  for await (const batch of log.follow([SEQUENCE_EVENTS], from, { signal })) {
    const schemas = await schemasOf(registry, [batch])
    for (let i = 0; i < batch.count; i++) {
      const value = sliceAt(batch.values, i)
      const id = value === null ? undefined : schemaIdOf(value)
      const writer = typeof id === 'number' ? schemas.get(id) : undefined
      if (value === null || writer === undefined || !('schema' in writer)) continue
      const event = eventCodec.decode(value, FRAME_BYTES, writer.schema)
      if (event !== undefined) yield event
    }
  }
}
