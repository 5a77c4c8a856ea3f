/** Trades with the quote in force against the oracle's, both tables partly in the lake and partly in the log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asOf } from '../oracle/as-of.ts'
import { type Placed, type Selection, selected } from '../oracle/asked.ts'
import { isoOf } from '../oracle/trade.ts'
import type { Asking } from '../worlds/asking.ts'
import { againstOracle, type Drawing, pagesWhileRecordsCome, type Question, type Run } from '../worlds/doors.ts'
import { below, FROM_MICROS, type Market, oneOf } from '../worlds/venues.ts'

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

test(`as-of joins are the oracle's, seed ${SEED}`, { timeout: 300_000 }, (t) => {
  const seen = { trades: 0, quoted: 0, sided: 0 }
  const draw: Drawing['draw'] = (random, market, at) => {
    const { question, wanted } = drawn(random, market, at)
    seen.trades += wanted.length
    seen.quoted += wanted.filter(({ quote_id }) => quote_id !== null).length
    seen.sided += wanted.filter(({ spread }) => spread !== null).length
    return { question, wanted }
  }
  return againstOracle({ seed: SEED, questions: QUESTIONS, records: [150, 80], draw }, async (run) => {
    t.diagnostic(`${QUESTIONS} questions: ${JSON.stringify(seen)}`)
    assert.ok(seen.sided > 500 && seen.quoted > seen.sided && seen.trades > seen.quoted)
    await proofs(run.world, run.market)
    await pagesWhileQuotesCome(run)
  })
})

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

/** Later pages see the quotes that the first one saw. */
async function pagesWhileQuotesCome(run: Run): Promise<void> {
  const { trades, quotes } = run.market
  const question: Question = {
    path: '/v1/asof',
    rpc: 'GetAsOf',
    asked: { symbol: 'KTA', order: 'asc', fields: TOLD, limit: 60 },
  }
  const wanted = asOf(selected(trades, { symbols: ['KTA'] }), [...quotes], 24n * HOUR)
  assert.deepEqual(await pagesWhileRecordsCome(run, question, 60), wanted)
  const now = asOf(selected(trades, { symbols: ['KTA'] }), quotes, 24n * HOUR)
  assert.notDeepEqual(now.slice(0, 60), wanted.slice(0, 60), 'what came would have changed the answer')
}
