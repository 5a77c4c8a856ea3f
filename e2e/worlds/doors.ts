/** A question at both doors: what gRPC answers is what REST answers, row by row, and the rows are REST's. */
import assert from 'node:assert/strict'
import { seeded } from '@k2/embedded/sample.ts'
import { realClock } from '@k2/service/clock.ts'
import { type Asking, asking } from './asking.ts'
import { inFolder } from './folder.ts'
import { below, type Market, put } from './venues.ts'

type Json = Record<string, unknown>
type Rpc = Parameters<Asking['rpc']['call']>[0]

export interface Question {
  readonly path: string
  readonly rpc: Rpc
  /** By REST's names, each as text or as list of texts; of a POST they are the body. */
  readonly asked: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
  readonly post?: true
  /** Over gRPC, where `asked` does not tell it. */
  readonly request?: object
}

export interface Answered {
  readonly data: Json[]
  readonly meta: Json & { readonly next_cursor: string | null; readonly offsets: Record<string, string> }
}

export async function overRest(world: Pick<Asking, 'url'>, { path, asked, post }: Question): Promise<Answered> {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined)
  const answer = post
    ? await fetch(`${world.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(given)),
      })
    : await fetch(
        `${world.url}${path}?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`,
      )
  const text = await answer.text()
  assert.equal(answer.status, 200, `${path} ${JSON.stringify(asked)}: ${text}`)
  return JSON.parse(text)
}

/** Names of lists in a query that a message has as a plural. */
const PLURALS: Readonly<Record<string, string>> = { symbol: 'symbols' }
const ENUMS = ['order', 'source', 'calendar']
const TIMEFRAME = /^\/v1\/ohlcv\/(\d\w+)$/

function requestOf({ asked, path, request }: Question): object {
  if (request !== undefined) return request
  const timeframe = TIMEFRAME.exec(path)?.[1]
  const fields = Object.entries(asked).flatMap(([name, value]): [string, unknown][] => {
    if (value === undefined) return []
    const plural = PLURALS[name]
    if (plural !== undefined) return [[plural, String(value).split(',')]]
    return [[camel(name), ENUMS.includes(name) ? `${name}_${value}`.toUpperCase() : value]]
  })
  return { ...Object.fromEntries(fields), ...(timeframe && { timeframe }) }
}

interface Stats {
  readonly data: readonly { readonly table: string; readonly tail_rows: string; readonly snapshot_id: string | null }[]
}

/** Commits all there is, and waits until answers know: two doors asked while they learn it would see two snapshots. */
export async function landed(world: Asking): Promise<void> {
  await world.sink.drain(AbortSignal.timeout(20_000))
  const told = async (path: string) => (await (await fetch(`${world.url}${path}`)).json()) as unknown
  const isKnown = async ({ table, tail_rows: rows, snapshot_id: id }: Stats['data'][number]) => {
    const { meta } = (await told(`/v1/${table.split('_')[0]}?limit=1`)) as { meta: { snapshot: { id: string } | null } }
    return rows === '0' && (meta.snapshot?.id ?? null) === id
  }
  for (const deadline = Date.now() + 60_000; ; await realClock.sleep(20)) {
    const { data } = (await told('/v1/stats')) as Stats
    if ((await Promise.all(data.map(isKnown))).every(Boolean)) return
    assert.ok(Date.now() < deadline, JSON.stringify(data))
  }
}

/** Of both doors, which must agree. */
export async function bothDoors(world: Asking, question: Question): Promise<Answered> {
  const rest = await overRest(world, question)
  const told = `${question.rpc} ${JSON.stringify(question.asked)}`
  const reply = (await world.rpc.call(question.rpc, requestOf(question) as never)) as unknown as Json & { meta: Json }
  const { meta, ...rows } = reply
  const [theirs] = Object.values(rows)
  assert.deepEqual(
    [theirs].flat().map((row) => present(chosen(row as Json, question.asked.fields))),
    [rest.data].flat().map((row) => present(asMessage(row))),
    told,
  )
  assert.deepEqual(proofOf(meta), proofOf(asProof(rest.meta)), told)
  return rest
}

/** What another client's gRPC answered to the same question; it may leave out what is at its default. */
export function sameAnswer(rest: Answered, reply: Json, told: string): void {
  const { meta, ...rows } = reply as Json & { meta: Json }
  const theirs = Object.values(rows).flat() as Json[]
  assert.deepEqual(
    theirs.map((row) => deeply(row, said)),
    [rest.data].flat().map((row) => deeply(asMessage(row), said)),
    told,
  )
  assert.deepEqual(proofOf(meta), proofOf(asProof(rest.meta)), told)
}

/** Meta of REST, as a message says the same. */
function asProof(meta: Json): Json {
  const { snapshot, snapshots, deferred, rejected, ...rest } = meta
  const of = (snapshot: Json) =>
    asMessage({ table: snapshot.table, snapshot_id: snapshot.id, committed_at: snapshot.committed_at })
  return {
    ...deeply(rest, (row) => asMessage(row)),
    ...(snapshot !== null && of(snapshot as Json)),
    snapshots: ((snapshots ?? []) as Json[]).map(of),
    holes: [...(deferred as Json[]), ...(rejected as Json[])],
  }
}

/** What either door says of it, but how long it took. */
function proofOf({ elapsedMs: _, holes, ledger, ...meta }: Json): Json {
  const key = ({ topic, partition, from }: Json) => `${topic} ${partition} ${from}`
  const sorted = ((holes ?? []) as Json[]).toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
  // The one may have been heard two seconds behind the other.
  const told = ledger !== undefined && { ledger: { ...(ledger as Json), heardAtMicros: undefined } }
  return deeply({ ...meta, ...told, holes: sorted }, said)
}

const deeply = (row: Json, of: (row: Json) => Json): Json => {
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside)
    return typeof value === 'object' && value !== null ? deeply(value as Json, of) : value
  }
  return of(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, inside(value)])))
}

/** Numbers of 64 bits are text in one and may be a number in the other; 0 and false may be said or not. */
const said = (row: Json): Json =>
  Object.fromEntries(
    Object.entries(present(row)).flatMap(([name, value]) => {
      if (value === 0 || value === '0' || value === false || value === undefined) return []
      return [[name, typeof value === 'number' ? String(value) : value]]
    }),
  )

/** Every page over REST, as one. `between` is done behind each of them. */
export async function allPages(
  world: Asking,
  question: Question,
  between: (pages: number) => Promise<void> = async () => {},
): Promise<Json[]> {
  const rows: Json[] = []
  let offsets: Record<string, string> | undefined
  let pages = 0
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { data, meta } = await overRest(world, { ...question, asked: { ...question.asked, cursor } })
    offsets ??= meta.offsets
    assert.deepEqual(meta.offsets, offsets, 'each page covers what the first one did')
    rows.push(...data)
    cursor = meta.next_cursor
    await between(++pages)
  }
  return rows
}

/** A page is of what the first one covered, whatever comes and lands meanwhile. */
export function pagesWhileRecordsCome(run: Run, question: Question, each: number): Promise<Json[]> {
  const { world, market, random } = run
  return allPages(world, question, async (pages) => {
    if (pages === 1) await put(world, market, each, random)
    if (pages === 2) await world.sink.drain(AbortSignal.timeout(20_000))
  })
}

type Random = () => number

/** A question, and all rows that an oracle gives it. */
export interface Drawn {
  readonly question: Question
  readonly wanted: readonly unknown[]
}

export interface Drawing {
  readonly seed: number
  readonly questions: number
  /** Of each instrument: records that are committed before the questions, and records that stay in the log. */
  readonly records: readonly [committed: number, logged: number]
  readonly put?: typeof put
  readonly draw: (random: Random, market: Market, at: number) => Drawn
  /** Rows of a first page. */
  readonly rowsMax?: number
  /** What pages ask for that are put together. */
  readonly pageOf?: (rows: number, limit: number) => Question['asked']
  /** What is wanted of rows, where it is not all. */
  readonly seen?: (rows: readonly Json[]) => readonly unknown[]
}

export interface Run {
  readonly world: Asking
  readonly market: Market
  readonly random: Random
  /** All that were wanted. */
  readonly rows: number
}

/** Random questions at both doors, each once and then page by page: the oracle's answers, wherever the records are. */
export function againstOracle(drawing: Drawing, then: (run: Run) => Promise<void>): Promise<void> {
  const { seed, questions, records, draw, seen = (rows) => rows } = drawing
  const [committed, logged] = records
  const { rowsMax = 100, pageOf = (rows, limit) => ({ limit: Math.max(limit, Math.ceil(rows / 6)) }) } = drawing
  return inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const random = seeded(seed)
      const market: Market = { trades: [], quotes: [] }
      const more = drawing.put ?? put
      await more(world, market, committed, random)
      await landed(world)
      await more(world, market, logged, random)
      let rows = 0
      for (let at = 0; at < questions; at++) {
        const { question, wanted } = draw(random, market, at)
        rows += wanted.length
        const told = `${question.path} ${JSON.stringify(question.asked)}`
        const limit = 1 + below(random, rowsMax)
        const asking = (more: Question['asked']): Question => ({ ...question, asked: { ...question.asked, ...more } })
        const first = await bothDoors(world, asking({ limit }))
        assert.deepEqual(seen(first.data), wanted.slice(0, limit), told)
        assert.equal(first.meta.has_more, wanted.length > limit, told)
        const pages = await allPages(world, asking(pageOf(wanted.length, limit)))
        assert.deepEqual(seen(pages), wanted, told)
      }
      await then({ world, market, random, rows })
    }),
  )
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
const TIME = /^(.*T\d\d:\d\d:\d\d\.\d{3})(\d{3})Z$/

function asMessage(row: Json): Json {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const time = TIME.exec(typeof value === 'string' ? value : '')
      return time ? [camel(`${name}_micros`), `${Date.parse(`${time[1]}Z`)}${time[2]}`] : [camel(name), value]
    }),
  )
}

/** A number that was not asked for is 0 in a message. */
function chosen(row: Json, fields: unknown): Json {
  if (fields === undefined) return row
  const asked = typeof fields === 'string' ? fields.split(',') : (fields as readonly string[])
  const names = asked.flatMap((name) => [camel(name), camel(`${name}_micros`)])
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)))
}

/** Without what is absent in one and a default in the other. */
const present = (row: Json): Json =>
  Object.fromEntries(
    Object.entries(row).filter(
      ([name, value]) => !name.startsWith('_') && value !== null && value !== '' && !isEmpty(value),
    ),
  )
const isEmpty = (value: unknown): boolean => typeof value === 'object' && Object.keys(value as object).length === 0
