/** A question asked to its end at one door, page by page, with pauses between them. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Row } from '../oracle/asked.ts'
import type { Offsets } from '../oracle/ledger.ts'
import type { Asking } from './asking.ts'
import type { Drawn } from './drawn.ts'
import { below, oneOf } from './venues.ts'

type Json = Record<string, unknown>
type Random = () => number

interface Hole {
  readonly topic: string
  readonly partition: number
  readonly from: string
  readonly to: string
  readonly reason: 'deferred' | 'rejected'
}

/** As both doors tell it. */
export interface Proof {
  readonly complete: boolean
  readonly reasons: readonly string[]
  readonly offsets: Offsets
  /** Of an answer from the tail alone. */
  readonly from?: Offsets
  readonly snapshotId: string | null
  readonly holes: readonly Hole[]
}

interface Page {
  readonly proof: Proof
  readonly count: number
  readonly cursor: string | null
  readonly hasMore: boolean
  /** Fails where the page is not these rows. */
  check(rows: readonly Row[], told: string): void
}

export interface Walked {
  readonly door: Door
  readonly pages: readonly Page[]
  /** Instead of an answer. */
  readonly refusal?: string
}

export const DOORS = ['REST', 'gRPC'] as const
export type Door = (typeof DOORS)[number]

type Doors = Pick<Asking, 'url' | 'rpc'>

const PAGES_FEW = 5

export async function walked(world: Doors, drawn: Drawn, door: Door, random: Random): Promise<Walked> {
  const pages: Page[] = []
  const isPaged = !drawn.isSingle && drawn.name !== 'symbols'
  for (let cursor: string | null | undefined; cursor !== null; ) {
    // Few pages of few rows, then the rest.
    const limit = pages.length < PAGES_FEW ? oneOf(random, [3, 17, 60, 150]) + below(random, 5) : 10_000
    const asked = isPaged ? { ...drawn.asked, limit, cursor } : drawn.asked
    const page = await (door === 'REST' ? overRest : overGrpc)(world, drawn, asked)
    if (typeof page === 'string') return { door, pages, refusal: page }
    pages.push(page)
    cursor = page.cursor
    if (cursor !== null) await sleep(random() * 120)
  }
  return { door, pages }
}

/** Lists that a query has under the name of one. */
// biome-ignore format: a list reads by its line
const SINGULARS: Readonly<Record<string, string>> = { symbols: 'symbol', exchanges: 'exchange' }
const given = (asked: Json) => Object.entries(asked).filter(([, value]) => value !== undefined)

async function overRest({ url }: Doors, { path, post, isSingle }: Drawn, asked: Json): Promise<Page | string> {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!)
  const place = path.replace(/:(\w+)/g, (_, name: string) => String(asked[name]))
  const rest = given(asked).filter(([name]) => !inPath.includes(name))
  const texts = rest.map(([name, value]): [string, string] => [SINGULARS[name] ?? name, String(value)])
  const body = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const answer = post
    ? await fetch(`${url}${place}`, { ...body, body: JSON.stringify(Object.fromEntries(rest)) })
    : await fetch(`${url}${place}?${new URLSearchParams(texts)}`)
  const text = await answer.text()
  const { meta, code } = JSON.parse(text)
  if (answer.status !== 200) return refused(code, text)
  return {
    proof: {
      ...meta,
      snapshotId: meta.snapshot?.id ?? null,
      holes: [...meta.deferred, ...meta.rejected],
    },
    count: meta.count,
    cursor: meta.next_cursor,
    hasMore: meta.has_more,
    check(rows, told) {
      if (text.startsWith(`{"data":${JSON.stringify(isSingle ? rows[0] : rows)},"meta":`)) return
      const theirs: unknown[] = [JSON.parse(text).data].flat()
      const wrong = theirs.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(rows[i]))
      assert.equal(JSON.stringify(theirs[wrong]), JSON.stringify(rows[wrong]), `${told}, row ${wrong}`)
      assert.fail(`${told}: other bytes than ${JSON.stringify(rows)}`)
    },
  }
}

const ENUMS = ['order', 'source', 'calendar']
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

async function overGrpc({ rpc }: Doors, drawn: Drawn, asked: Json): Promise<Page | string> {
  const request = given(asked).map(([name, value]) => [
    camel(name),
    ENUMS.includes(name) ? `${name}_${value}`.toUpperCase() : value,
  ])
  let reply: { meta: Json }
  try {
    reply = (await rpc.call(drawn.rpc as 'GetTrades', Object.fromEntries(request))) as unknown as { meta: Json }
  } catch (error) {
    if (error instanceof K2Error) return refused(error.code, error.message)
    throw error
  }
  const { meta, ...rows } = reply
  const messages = [Object.values(rows)[0]].flat() as Json[]
  const from = meta.from as Offsets
  return {
    proof: {
      ...(meta as unknown as Proof),
      ...(Object.keys(from).length === 0 && { from: undefined }),
      snapshotId: (meta.snapshotId as string | undefined) ?? null,
    } as Proof,
    count: meta.count as number,
    cursor: (meta.nextCursor as string) || null,
    hasMore: meta.hasMore as boolean,
    check(rows, told) {
      assert.equal(messages.length, rows.length, told)
      for (const [i, row] of rows.entries()) assert.deepEqual(fieldsOf(row, messages[i]!), asMessage(row), told)
    },
  }
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})(\d{3})Z$/

/** What is null is absent, or at its default. */
function asMessage(row: Row): Json {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const [, ms, micros] = (typeof value === 'string' && TIME.exec(value)) || []
      return ms === undefined ? [camel(name), value] : [camel(`${name}_micros`), `${Date.parse(`${ms}Z`)}${micros}`]
    }),
  )
}

/** The same fields of the message. */
function fieldsOf(row: Row, message: Json): Json {
  return Object.fromEntries(
    Object.entries(asMessage(row)).map(([name, wanted]) => {
      const value = name in message ? message[name] : message[`${name}Micros`]
      const isAbsent = value === undefined || value === '' || value === null || isEmpty(value)
      return [name, wanted === null && isAbsent ? null : value]
    }),
  )
}

const isEmpty = (value: unknown): boolean => typeof value === 'object' && Object.keys(value as object).length === 0

/** What a question about what is gone, or never was, may be told. */
const REFUSALS = ['NOT_FOUND']

function refused(code: string, text: string): string {
  assert.ok(REFUSALS.includes(code), text)
  return code
}
