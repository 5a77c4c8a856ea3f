/** Trades with the quote in force against the oracle's, both tables partly in the lake and partly in the log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { asOf } from '../oracle/as-of.ts'
import { type Placed, type Selection, selected } from '../oracle/asked.ts'
import { isoOf } from '../oracle/trade.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { allPages, bothDoors, overRest, type Question } from '../worlds/doors.ts'
import { inFolder } from '../worlds/folder.ts'
import { below, FROM_MICROS, type Market, oneOf, put } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? 14)
const QUESTIONS = 60
const HOUR = 3_600_000_000n
// biome-ignore format: a table reads by its columns
const AGES: [text: string | undefined, micros: bigint][] = [
  [undefined, 24n * HOUR], ['0s', 0n], ['1s', 1_000_000n], ['90s', 90_000_000n], ['999ms', 999_000n], ['5m', HOUR / 12n], ['4h', 4n * HOUR], ['31d', 744n * HOUR],
]
const TOLD = [
  ...['message_id', 'price', 'quote_id', 'quote_timestamp', 'bid_price', 'bid_quantity', 'ask_price', 'ask_quantity'],
  ...['spread', 'mid_price', 'effective_spread'],
]

type Random = () => number

function drawn(random: Random, { trades, quotes }: Market, at: number) {
  const [age, micros] = oneOf(random, AGES)
  const symbols = oneOf(random, [['KTA'], ['KTB'], ['KTA', 'KTB'], ['NONE'], undefined])
  const exchange = oneOf(random, ['ASX', 'BINANCE', undefined, undefined])
  const from = random() < 0.6 ? BigInt(FROM_MICROS) + BigInt(below(random, 40)) * HOUR : undefined
  const to = random() < 0.6 ? BigInt(FROM_MICROS) + BigInt(41 + below(random, 40)) * HOUR : undefined
  const order = oneOf(random, ['asc', 'desc', undefined] as const)
  const isWithout = random() < 0.3
  const by: Selection = {
    ranges: [[from ?? -(2n ** 60n), to ?? 2n ** 60n]],
    ...(symbols && { symbols }),
    ...(exchange && { exchanges: [exchange] }),
    ...(isWithout && { excluded: ['XT'] }),
  }
  const chosen = selected(trades, by)
  const rows = asOf(order === 'asc' ? chosen : chosen.reverse(), quotes, micros)
  const isPost = at % 3 === 0
  const question: Question = {
    path: '/v1/asof',
    rpc: 'GetAsOf',
    ...(isPost && { post: true }),
    asked: {
      ...{ exchange, order, max_age: age, fields: TOLD },
      [isPost ? 'symbols' : 'symbol']: isPost ? symbols : symbols?.join(),
      start_time: from === undefined ? undefined : isoOf(from),
      end_time: to === undefined ? undefined : isoOf(to),
      exclude_trade_conditions: isWithout ? ['XT'] : undefined,
    },
  }
  return { question, wanted: rows }
}

test(`as-of joins are the oracle's, seed ${SEED}`, { timeout: 300_000 }, (t) =>
  inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const random = seeded(SEED)
      const market: Market = { trades: [], quotes: [] }
      await put(world, market, 150, random)
      await world.sink.drain(AbortSignal.timeout(20_000))
      await put(world, market, 80, random)
      const seen = { trades: 0, quoted: 0, sided: 0 }
      for (let i = 0; i < QUESTIONS; i++) {
        const { question, wanted } = drawn(random, market, i)
        seen.trades += wanted.length
        seen.quoted += wanted.filter(({ quote_id }) => quote_id !== null).length
        seen.sided += wanted.filter(({ spread }) => spread !== null).length
        const told = JSON.stringify(question.asked)
        const limit = 1 + below(random, 100)
        const first = await bothDoors(world, { ...question, asked: { ...question.asked, limit } })
        assert.deepEqual(first.data, wanted.slice(0, limit), told)
        const page = { limit: Math.max(limit, Math.ceil(wanted.length / 6)) }
        assert.deepEqual(await allPages(world, { ...question, asked: { ...question.asked, ...page } }), wanted, told)
      }
      t.diagnostic(`${QUESTIONS} questions: ${JSON.stringify(seen)}`)
      assert.ok(seen.sided > 500 && seen.quoted > seen.sided && seen.trades > seen.quoted)
      await proofs(world, market)
      await pagesWhileRecordsCome(world, market, random)
    }),
  ),
)

const partitionsOf = (records: readonly Placed<object>[]): Record<string, string> => {
  const ends = new Map<string, bigint>()
  for (const { topic, partition, offset } of records) {
    const name = `${topic}/${partition}`
    if ((ends.get(name) ?? 0n) <= offset) ends.set(name, offset + 1n)
  }
  return Object.fromEntries([...ends].map(([name, end]) => [name, String(end)]))
}

interface Meta {
  readonly complete: boolean
  readonly snapshot: object | null
  readonly snapshots: readonly { readonly table: string; readonly id: string }[]
  readonly offsets: object
  readonly plan: { readonly files: number; readonly tail_records: number }
}

/** The proof is of both tables, as the questions to each alone tell it. */
async function proofs(world: Asking, market: Market): Promise<void> {
  const told = async (path: string) => ((await (await fetch(`${world.url}${path}`)).json()) as { meta: Meta }).meta
  const both = await told('/v1/asof?explain=true')
  const [trades, quotes] = [await told('/v1/trades'), await told('/v1/quotes')]
  assert.deepEqual(both.offsets, { ...partitionsOf(market.trades), ...partitionsOf(market.quotes) })
  assert.deepEqual([both.complete, both.snapshot], [true, null])
  assert.deepEqual(both.snapshots, [
    { table: 'trades_v2', ...trades.snapshot },
    { table: 'quotes_v2', ...quotes.snapshot },
  ])
  // Files and tails of both tables.
  assert.ok(both.plan.files >= 2 && both.plan.tail_records >= 480, JSON.stringify(both.plan))
  const grpc = await world.rpc.call('GetAsOf', {})
  assert.deepEqual(
    grpc.meta!.snapshots.map(({ table, snapshotId }) => ({ table, id: snapshotId })),
    both.snapshots.map(({ table, id }) => ({ table, id })),
  )
  // Quotes of other symbols, and of days long after the trades, are not read.
  const few = await told(
    `/v1/asof?symbol=KTB&end_time=${isoOf(BigInt(FROM_MICROS) + 12n * HOUR)}&explain=true&max_age=1h`,
  )
  assert.ok(few.plan.files < both.plan.files, JSON.stringify(few.plan))
  const lake = await told('/v1/asof?source=lake&explain=true')
  assert.equal(lake.plan.tail_records, 0)
  for (const [path, sentence] of [
    ['/v1/asof?source=tail', /source is one of hybrid, lake/],
    ['/v1/asof?as_of=17', /as_of is a time here/],
    ['/v1/asof?max_age=40d', /max_age is a duration from 0s to 31d/],
    ['/v1/asof?max_age=-1s', /max_age is a duration/],
    ['/v1/asof?fields=mid', /fields names "mid"/],
    ['/v1/asof?as_of=1999-01-01', /No snapshot/],
  ] as const) {
    const answer = await fetch(`${world.url}${path}`)
    assert.ok(answer.status === 400 || answer.status === 404, path)
    assert.match(((await answer.json()) as { detail: string }).detail, sentence)
  }
}

/** Later pages see the quotes that the first one saw, whatever comes and lands meanwhile. */
async function pagesWhileRecordsCome(world: Asking, market: Market, random: Random): Promise<void> {
  const asked = { symbol: 'KTA', order: 'asc', fields: TOLD, limit: 60 }
  const question: Question = { path: '/v1/asof', rpc: 'GetAsOf', asked }
  const wanted = asOf(selected(market.trades, { symbols: ['KTA'] }), [...market.quotes], 24n * HOUR)
  const first = await overRest(world, question)
  const rows = [...first.data]
  await put(world, market, 60, random)
  let { next_cursor: cursor } = first.meta
  for (let page = 0; cursor !== null; page++) {
    const { data, meta } = await overRest(world, { ...question, asked: { ...asked, cursor } })
    rows.push(...data)
    cursor = meta.next_cursor
    if (page === 0) await world.sink.drain(AbortSignal.timeout(20_000))
  }
  assert.deepEqual(rows, wanted)
  const now = asOf(selected(market.trades, { symbols: ['KTA'] }), market.quotes, 24n * HOUR)
  assert.notDeepEqual(now.slice(0, 60), wanted.slice(0, 60), 'what came would have changed the answer')
}
