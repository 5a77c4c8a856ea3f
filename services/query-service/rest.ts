/** The REST door: a route for each definition and detour, parameters from its table, rows in the format asked for. */
import { K2Error } from '@k2/contracts/codes.ts'
import { withMetadata } from '@k2/lake/parquet/in-memory.ts'
import { formatInstant } from '@k2/market/instant.ts'
import type { Clock } from '@k2/service/clock.ts'
import { type HttpApp, type HttpReply, requestSignal } from '@k2/service/http.ts'
import type { Answer, Meta, SnapshotOf } from './answers.ts'
import { PROOF_KEY } from './core/answer.ts'
import { bodyTexts } from './core/body.ts'
import { DEFINITIONS, type Definition, methodsOf } from './core/definitions.ts'
import { DETOURS } from './core/detours.ts'
import { readsTold } from './core/explain.ts'
import type { LedgerTold } from './core/ledger.ts'
import type { Params } from './core/params.ts'
import type { Format, Question, Raw } from './core/question.ts'
import { enclosed, letGo } from './enclosed.ts'
import { formatIn, TYPES } from './formats.ts'
import type { OpenStream } from './streams.ts'

export interface Doors {
  readonly clock: Clock
  readonly answer: <Q extends Question>(question: Q, signal: AbortSignal) => Promise<Answer>
  readonly open: OpenStream
}

export type Request = Parameters<typeof requestSignal>[0]
type Headers = Readonly<Record<string, string>>

export function restRoutes(app: HttpApp, { clock, answer }: Doors): void {
  for (const route of [...DEFINITIONS, ...DETOURS]) {
    const handler = async (request: Request, reply: HttpReply) => {
      // What says otherwise is an answer; a refusal is of this moment.
      reply.header('cache-control', 'no-store')
      const asked = textsOf(request, route.params)
      const { definition, texts } = 'to' in route ? route.to(asked) : { definition: route, texts: asked }
      reply.header('vary', 'Accept')
      const question = definition.read(formatted(definition, request.headers.accept, texts), clock.nowMicros())
      const answered = await answer(question, requestSignal(request))
      reply.headers(headersOf(definition, question.format, answered.meta, clock.nowMicros()))
      reply.header('server-timing', timingOf(answered.meta.stages))
      reply.raw.once('finish', () => letGo(answered.body))
      return reply.send(await bodyOf(definition, question, answered))
    }
    app.route({ method: [...methodsOf(route)], url: route.path, handler })
  }
}

/** With the format that Accept asks for, where the parameters do not say it. */
function formatted({ params }: Definition, accept: string | undefined, texts: Raw): Raw {
  if (texts.format !== undefined) return texts
  const { format: param } = params
  if (param?.kind !== 'choice') {
    formatIn(accept, ['json'])
    return texts
  }
  const format = formatIn(accept, param.choices as Format[])
  return format === undefined ? texts : { ...texts, format }
}

/** Parameters as text; one that is given twice is a fault, for one of the two would be ignored. */
export function textsOf(request: Pick<Request, 'query' | 'params' | 'body'>, params: Params): Record<string, string> {
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

/** Where it is not the format's name: of Arrow's two formats this is the stream. */
const SUFFIXES: Partial<Record<Format, string>> = { arrow: 'arrows' }

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
    'content-disposition': `attachment; filename=${name}_${moment}.${SUFFIXES[format] ?? format}`,
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

/** With the proof, where the format has a place for it. */
async function bodyOf(
  { isSingle }: Definition,
  question: Question,
  { body, meta, reads }: Answer,
): Promise<Uint8Array> {
  const { format } = question
  if (format === 'csv' || format === 'ndjson') return body
  const proof = JSON.stringify(metaJson(meta, 'explain' in question && question.explain ? reads : undefined))
  if (format === 'arrow') return (await import('./adapters/arrow.ts')).withProof(body, proof)
  if (format === 'parquet') return withMetadata(body, PROOF_KEY, proof)
  const [front, back] = isSingle ? ['{"data":', ',"meta":'] : ['{"data":[', '],"meta":']
  return enclosed(Buffer.from(front), body, Buffer.from(`${back}${proof}}`))
}

export function metaJson(meta: Meta, reads: Answer['reads']) {
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
    ...(meta.gaps !== undefined && { gaps: meta.gaps }),
    ...(meta.ledger && { ledger: ledgerJson(meta.ledger) }),
    ...(reads && { plan: readsTold(reads) }),
  }
}

const ledgerJson = ({ heardAtMs, trouble, behind, ranges, missing, open }: LedgerTold) => ({
  heard_at: heardAtMs === null ? null : formatInstant(heardAtMs * 1000),
  trouble,
  behind: String(behind),
  ranges,
  missing: String(missing),
  open: open.map(({ symbol, exchange, date, from, to, afterMicros, beforeMicros }) => ({
    symbol,
    exchange,
    date,
    from_sequence: String(from),
    to_sequence: String(to),
    after_timestamp: formatInstant(afterMicros),
    before_timestamp: formatInstant(beforeMicros),
  })),
})

const offsetsJson = (offsets: ReadonlyMap<string, bigint>) =>
  Object.fromEntries([...offsets].sort(byPartition).map(([partition, offset]) => [partition, String(offset)]))

const snapshotJson = ({ id, committedAtMs }: SnapshotOf) => {
  return { id: String(id), committed_at: formatInstant(committedAtMs * 1000) }
}

const names = new Intl.Collator('en', { numeric: true })
const byPartition = ([a]: [string, unknown], [b]: [string, unknown]): number => names.compare(a, b)
