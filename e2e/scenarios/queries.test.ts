/** Queries of several symbols, venues, ranges, sides and bounds against the oracle's, at both doors, page by page. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Selection, selected } from '../oracle/asked.ts'
import { decimalOf, isoOf } from '../oracle/trade.ts'
import { againstOracle, type Question } from '../worlds/doors.ts'
import { below, FROM_MICROS, type Market, oneOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? 12)
const QUESTIONS = 60

type Random = () => number
const maybe = <T>(random: Random, share: number, make: () => T): T | undefined =>
  random() < share ? make() : undefined

function rangesOf(random: Random) {
  return Array.from({ length: 1 + below(random, 4) }, () => {
    const from = BigInt(FROM_MICROS) + BigInt(below(random, 70)) * 3_600_000_000n
    return [from, from + BigInt(1 + below(random, 20)) * 1_800_000_000n] as const
  })
}

function drawn(random: Random, { trades, quotes }: Market) {
  const kind = oneOf(random, ['trades', 'trades', 'quotes'] as const)
  const isTrades = kind === 'trades'
  const price = () => 3_600_000_000n + BigInt(below(random, 200)) * 500_000n
  const quantity = () => BigInt(below(random, 400)) * 12_500_000n
  const order = oneOf(random, ['asc', 'desc', undefined] as const)
  const symbols = maybe(random, 0.6, () => oneOf(random, [['KTA'], ['KTA', 'KTB'], ['KTB', 'NONE']]))
  const exchanges = maybe(random, 0.5, () => oneOf(random, [['ASX'], ['ASX', 'BINANCE'], ['BINANCE']]))
  const ranges = maybe(random, 0.6, () => rangesOf(random))
  const sides = isTrades
    ? maybe(random, 0.4, () => oneOf(random, [['BUY'], ['SELL', 'SELL_SHORT'], ['UNKNOWN']]))
    : undefined
  const minPrice = isTrades ? maybe(random, 0.3, price) : undefined
  const above = isTrades && minPrice === undefined ? maybe(random, 0.3, price) : undefined
  const minQuantity = isTrades ? maybe(random, 0.2, quantity) : undefined
  const excluded = isTrades ? maybe(random, 0.2, () => ['XT']) : undefined
  const by: Selection = {
    ...(symbols && { symbols }),
    ...(exchanges && { exchanges }),
    ...(ranges && { ranges }),
    ...(sides && { sides }),
    ...(minPrice !== undefined && { minPrice }),
    ...(above !== undefined && { maxPrice: above }),
    ...(minQuantity !== undefined && { minQuantity }),
    ...(excluded && { excluded }),
  }
  const ids = (isTrades ? selected(trades, by) : selected(quotes, by)).map(({ messageId }) => messageId)
  const asked = {
    ...{ symbols, exchanges, sides, order },
    ranges: ranges?.map(([from, to]) => `${isoOf(from)}/${isoOf(to)}`),
    min_price: minPrice === undefined ? undefined : decimalOf(minPrice),
    max_price: above === undefined ? undefined : decimalOf(above),
    min_quantity: minQuantity === undefined ? undefined : decimalOf(minQuantity),
    exclude_trade_conditions: excluded,
  }
  const question: Question = {
    ...(isTrades ? { path: '/v1/trades/query', rpc: 'QueryTrades' } : { path: '/v1/quotes/query', rpc: 'QueryQuotes' }),
    asked,
    post: true,
  }
  return { question, wanted: order === 'asc' ? ids : ids.reverse() }
}

test(`queries are the oracle's, seed ${SEED}`, { timeout: 300_000 }, (t) => {
  const seen = (rows: readonly Record<string, unknown>[]) => rows.map((row) => row.message_id)
  const pageOf = (_: number, limit: number) => ({ limit: Math.max(5, limit), fields: ['message_id', 'timestamp'] })
  const drawing = { seed: SEED, questions: QUESTIONS, records: [120, 60], draw: drawn, pageOf, seen } as const
  return againstOracle(drawing, async ({ world, rows }) => {
    t.diagnostic(`${QUESTIONS} questions, ${rows} records`)
    assert.ok(rows > 1_000)
    await refused(world.url)
  })
})

// biome-ignore format: a table reads by its columns
const REFUSED: [name: string, body: string, status: number, code: string][] = [
  ['what is no JSON',           '{"symbols":',                        400, 'INVALID_ARGUMENT'],
  ['a list for an object',      '["KTA"]',                            400, 'INVALID_ARGUMENT'],
  ['a parameter that is not',   '{"smybols":["KTA"]}',                400, 'INVALID_ARGUMENT'],
  ['one of every object',       '{"__proto__":{"symbols":["KTA"]}}',  400, 'INVALID_ARGUMENT'],
  ['both spellings at once',    '{"symbol":"KTA","symbols":["KTB"]}', 400, 'INVALID_ARGUMENT'],
  ['SQL for a symbol',          '{"symbols":["A\' OR 1=1--"]}',       400, 'INVALID_ARGUMENT'],
  ['SQL for a price',           '{"min_price":"1 OR 1=1"}',           400, 'INVALID_ARGUMENT'],
  ['a limit beyond all',        '{"limit":100001}',                   400, 'INVALID_ARGUMENT'],
  ['a cursor that is none',     '{"cursor":"abc"}',                   400, 'INVALID_CURSOR'],
  ['a body beyond all',         `{"symbols":["${'A'.repeat(2 ** 21)}"]}`, 413, 'PAYLOAD_TOO_LARGE'],
]

async function refused(url: string): Promise<void> {
  for (const [name, body, status, code] of REFUSED) {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/v1/trades/query`, { method: 'POST', headers, body })
    const problem = (await answer.json()) as Record<string, unknown>
    assert.deepEqual([answer.status, problem.code], [status, code], `${name}: ${JSON.stringify(problem)}`)
  }
  const got = await fetch(`${url}/v1/trades/query`)
  assert.deepEqual([got.status, ((await got.json()) as { code: string }).code], [405, 'METHOD_NOT_ALLOWED'])
  const text = await fetch(`${url}/v1/trades/query`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'x',
  })
  assert.equal(text.status, 415, 'a body of another kind')
}
