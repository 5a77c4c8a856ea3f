/** The REST door: a route for each definition, parameters from its table, rows as JSON, CSV or lines of JSON. */
import { K2Error } from '@k2/contracts/codes.ts'
import { formatDay, formatInstant } from '@k2/market/instant.ts'
import type { Clock } from '@k2/service/clock.ts'
import { type HttpApp, type HttpReply, requestSignal } from '@k2/service/http.ts'
import type { Answer, Meta, SnapshotOf } from './answers.ts'
import { bodyTexts } from './core/body.ts'
import { DEFINITIONS, type Definition, methodsOf } from './core/definitions.ts'
import type { Reads } from './core/explain.ts'
import type { Params } from './core/params.ts'
import type { Format, Question } from './core/question.ts'

export interface Doors {
  readonly clock: Clock
  readonly answer: <Q extends Question>(question: Q, signal: AbortSignal) => Promise<Answer>
}

type Request = Parameters<typeof requestSignal>[0]
type Headers = Readonly<Record<string, string>>

export function restRoutes(app: HttpApp, { clock, answer }: Doors): void {
  for (const definition of DEFINITIONS) {
    const handler = async (request: Request, reply: HttpReply) => {
      // What says otherwise is an answer; a refusal is of this moment.
      reply.header('cache-control', 'no-store')
      const question = definition.read(textsOf(request, definition.params), clock.nowMicros())
      const answered = await answer(question, requestSignal(request))
      reply.headers(headersOf(definition, question.format, answered.meta, clock.nowMicros()))
      reply.header('server-timing', timingOf(answered.meta.stages))
      return reply.send(bodyOf(definition, question.format, answered))
    }
    app.route({ method: [...methodsOf(definition)], url: definition.path, handler })
  }
}

/** Parameters as text; one that is given twice is a fault, for one of the two would be ignored. */
function textsOf(request: Request, params: Params): Record<string, string> {
  // Without a prototype, so that no name is one that every object has.
  const texts: Record<string, string> = Object.create(null)
  const given = Object.entries(request.query as Record<string, string | string[]>)
  for (const [name, value] of given) {
    if (Array.isArray(value))
      throw new K2Error('INVALID_ARGUMENT', `${name} is given ${value.length} times. Give it once; lists have commas.`)
    texts[name] = value
  }
  for (const [name, value] of Object.entries(request.params as Record<string, string>)) {
    if (name in texts) throw new K2Error('INVALID_ARGUMENT', `${name} stands in the path already.`)
    texts[name] = value
  }
  for (const [name, value] of bodyTexts(request.body, params)) {
    if (name in texts) throw new K2Error('INVALID_ARGUMENT', `${name} is given 2 times. Give it once.`)
    texts[name] = value
  }
  return texts
}

// biome-ignore format: a table reads by its columns
const TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8', csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8',
}

function headersOf({ name, cacheSeconds }: Definition, format: Format, meta: Meta, nowMicros: number): Headers {
  const headers = {
    'content-type': TYPES[format],
    ...(cacheSeconds !== undefined && { 'cache-control': `private, max-age=${cacheSeconds}` }),
    'x-record-count': String(meta.count),
  }
  if (format === 'json') return headers
  const moment = formatInstant(nowMicros).slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')
  return {
    ...headers,
    'content-disposition': `attachment; filename=${name}_${moment}.${format}`,
    // Rows alone have no place for the proof.
    'x-complete': String(meta.complete),
    ...(meta.reasons.length > 0 && { 'x-incomplete-reasons': meta.reasons.join(',') }),
    ...(meta.snapshot && { 'x-snapshot-id': String(meta.snapshot.id) }),
    ...(meta.nextCursor && { 'x-next-cursor': meta.nextCursor }),
  }
}

/** Where the time went: W3C Server-Timing, which browsers show and `bench -- query` sums up. */
const timingOf = (stages: Readonly<Record<string, number>>): string =>
  Object.entries(stages)
    .map(([stage, ms]) => `${stage};dur=${ms.toFixed(2)}`)
    .join(', ')

function bodyOf({ isSingle }: Definition, format: Format, { body, meta }: Answer): Uint8Array {
  if (format !== 'json') return body
  const [front, back] = isSingle ? ['{"data":', ',"meta":'] : ['{"data":[', '],"meta":']
  return Buffer.concat([Buffer.from(front), body, Buffer.from(`${back}${JSON.stringify(metaJson(meta))}}`)])
}

function metaJson(meta: Meta) {
  const { snapshot, snapshots, holes } = meta
  const ranges = holes.map(({ topic, partition, from, to, reason }) => ({
    topic,
    partition,
    from: String(from),
    to: String(to),
    reason,
  }))
  return {
    count: meta.count,
    has_more: meta.hasMore,
    next_cursor: meta.nextCursor,
    complete: meta.complete,
    reasons: meta.reasons,
    snapshot: snapshot && snapshotJson(snapshot),
    ...(snapshots?.length && { snapshots: snapshots.map((of) => ({ table: of.table, ...snapshotJson(of) })) }),
    offsets: offsetsJson(meta.offsets),
    ...(meta.from && { from: offsetsJson(meta.from) }),
    deferred: ranges.filter(({ reason }) => reason === 'deferred'),
    rejected: ranges.filter(({ reason }) => reason === 'rejected'),
    elapsed_ms: Math.round(meta.elapsedMs * 1000) / 1000,
    ...(meta.reads && { plan: planJson(meta.reads) }),
  }
}

const offsetsJson = (offsets: ReadonlyMap<string, bigint>) =>
  Object.fromEntries([...offsets].sort(byPartition).map(([partition, offset]) => [partition, String(offset)]))

const snapshotJson = ({ id, committedAtMs }: SnapshotOf) => {
  return { id: String(id), committed_at: formatInstant(committedAtMs * 1000) }
}

function planJson({ filesInTable, files, bytes, partitions, rowGroups, tailRecords }: Reads) {
  return {
    files_in_table: filesInTable,
    files,
    bytes,
    partitions: partitions.map((partition) => ({
      exchange_date: partition.day === null ? null : formatDay(partition.day),
      symbol_bucket: partition.bucket,
      files: partition.files,
    })),
    row_groups: rowGroups.all,
    row_groups_read: rowGroups.read,
    rows_read: rowGroups.rows,
    tail_records: tailRecords,
  }
}

const names = new Intl.Collator('en', { numeric: true })
const byPartition = ([a]: [string, unknown], [b]: [string, unknown]): number => names.compare(a, b)
