/** A question that would read more than it may is refused at both doors, and what the refusal says to ask is answered. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CODES, K2Error } from '@k2/contracts/codes.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'
import { askingOpen } from '../worlds/asking.ts'
import { quoteOf, tradeOf } from '../worlds/market.ts'

const DAYS = 10
const ROWS = 50
const FIRST_MICROS = Date.parse('2014-03-10') * 1000
/** The second is in another bucket. */
const SYMBOLS = ['BHP', ['CBA', 'NAB', 'ANZ'].find((name) => bucketOf(name) !== bucketOf('BHP'))!] as const
/** A file of so few rows has some 6 KB, most of it its footer. */
const BYTES_MAX = 25_000

let world: Awaited<ReturnType<typeof askingOpen>>

before(async () => {
  world = await askingOpen(undefined, undefined, { readBytesMax: BYTES_MAX })
  const random = seeded(11)
  for (const symbol of SYMBOLS) {
    const times = Array.from(
      { length: DAYS * ROWS },
      (_, i) => FIRST_MICROS + Math.floor(i / ROWS) * DAY_MICROS + (i % ROWS) * 1_000_000,
    )
    const at = (timestampMicros: number) => ({ timestampMicros })
    await world.append(
      'trades',
      times.map((micros) => ({ ...tradeOf(symbol, random), ...at(micros) })),
    )
    await world.append(
      'quotes',
      times.map((micros) => ({ ...quoteOf(symbol, random), ...at(micros) })),
    )
  }
  await world.sink.drain(AbortSignal.timeout(20_000))
  // The query-service hears of the commits a moment later.
  for (const path of SYMBOLS.flatMap((symbol) => ['trades', 'quotes'].map((of) => `/v1/${of}?symbol=${symbol}`)))
    for (let n = 0; n < 400 && (await ask(`${path}&explain=true`)).meta.plan.files !== DAYS; n++) await sleep(25)
})

after(() => world.end())

interface Told {
  readonly status: number
  readonly code?: string
  readonly detail: string
  readonly details: { readonly bytes: number; readonly bytesMax: number; readonly files: number }
  readonly data: readonly unknown[]
  readonly meta: { readonly next_cursor: string | null; readonly plan: Readonly<Record<string, number>> }
}

async function ask(path: string, body?: object): Promise<Told> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(`${world.url}${path}`, body && post)
  return { ...((await answer.json()) as Told), status: answer.status }
}

const BARS = '/v1/ohlcv/1h?symbol=BHP'
const { http, grpc } = CODES.QUESTION_TOO_LARGE

test('beyond the limit a question is refused, the same at both doors, and answered as the refusal says', async () => {
  const { status, code, detail, details } = await ask(BARS)
  assert.deepEqual([status, code, details.bytesMax, details.files], [http, 'QUESTION_TOO_LARGE', BYTES_MAX, DAYS])
  assert.match(detail, /Without start_time and end_time it spans 2014-03-10 to 2014-03-19\. Ask for less: /)
  const call = world.rpc.call('GetOhlcv', { timeframe: '1h', symbols: ['BHP'] })
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof K2Error)
    assert.deepEqual([error.code, error.message], [code, detail])
    return true
  })
  assert.equal(grpc, 8)
  const [advice] = /(start|end)_time=[\d-]+/.exec(detail)!
  const narrowed = await ask(`${BARS}&${advice}&explain=true`)
  assert.equal(narrowed.status, 200)
  const { bytes_expected: bytes, bytes_max: max, files } = narrowed.meta.plan
  assert.ok(bytes! > 0 && bytes! <= BYTES_MAX && max === BYTES_MAX && files! < DAYS, `${bytes} bytes of ${files} files`)
  assert.equal((await ask(`${BARS}&${advice}`)).status, 200)
})

test('what asks for its cost is told it, and answered', async () => {
  const { status, meta } = await ask('/v1/gaps?symbol=BHP&explain=true')
  assert.deepEqual([status, meta.plan.files], [200, DAYS])
  const { bytes, bytes_expected: expected } = meta.plan
  assert.ok(expected === bytes && expected! > BYTES_MAX, `${expected} of ${bytes} bytes`)
  const { plan } = (await world.rpc.call('ListGaps', { symbols: ['BHP'], explain: true })).meta!
  assert.deepEqual([plan!.bytesExpected, plan!.bytesMax].map(Number), [expected, BYTES_MAX])
})

test('a page costs what it is looked for in, and none behind it is refused', async () => {
  const rows = DAYS * ROWS
  let told = await ask('/v1/trades?symbol=BHP&limit=60&explain=true')
  assert.equal(told.meta.plan.files, DAYS)
  assert.ok(told.meta.plan.bytes_expected! <= BYTES_MAX, 'only the newest days')
  told = await ask('/v1/trades?symbol=BHP&limit=60')
  let count = told.data.length
  // So large that without its cursor it would be refused.
  while (told.meta.next_cursor !== null) {
    told = await ask(`/v1/trades?symbol=BHP&limit=430&cursor=${told.meta.next_cursor}`)
    assert.equal(told.status, 200, told.detail)
    count += told.data.length
  }
  assert.equal(count, rows)
  assert.equal((await ask('/v1/trades?symbol=BHP&limit=400')).code, 'QUESTION_TOO_LARGE')
})

test('groups, gaps and joins are held against it, and what reads little or has nothing to narrow is answered', async () => {
  const refused = [
    await ask('/v1/aggregations', { symbols: ['BHP'], metrics: ['volume'] }),
    await ask('/v1/gaps?symbol=BHP'),
    await ask('/v1/trades?symbol=BHP&limit=1&gaps=true'),
    await ask('/v1/asof?symbol=BHP&limit=400'),
    // Its trades alone are not too much, with their quotes they are.
    await ask('/v1/asof?symbol=BHP&limit=200'),
  ]
  assert.deepEqual(
    refused.map(({ code }) => code),
    Array(refused.length).fill('QUESTION_TOO_LARGE'),
  )
  const answered = [
    await ask('/v1/gaps?symbol=BHP&source=tail'),
    await ask('/v1/gaps?symbol=NONE'),
    await ask('/v1/trades?symbol=BHP&limit=200'),
    await ask('/v1/asof?symbol=BHP&limit=20'),
    await ask('/v1/symbols'),
    await ask('/v1/stats'),
    await ask(`/v1/summary/BHP/2014-03-11?exchange=ASX`),
  ]
  assert.deepEqual(
    answered.map(({ status }) => status),
    answered.map(() => 200),
  )
})

test('where bars are kept of the files the same question is answered', async () => {
  // Nobody has asked for bars of it.
  const bars = `/v1/ohlcv/1h?symbol=${SYMBOLS[1]}`
  const day = (i: number) => new Date(FIRST_MICROS / 1000 + i * 86_400_000).toISOString().slice(0, 10)
  const partOf = (i: number) => `${bars}&start_time=${day(i)}&end_time=${day(i + 1)}`
  assert.equal((await ask(bars)).code, 'QUESTION_TOO_LARGE')
  // They are made in the background, of files that are asked about again.
  for (let n = 0; n < 100 && (await ask(bars)).status !== 200; n++) {
    for (let i = 0; i < DAYS; i++) assert.equal((await ask(partOf(i))).status, 200)
    await sleep(50)
  }
  const { status, data } = await ask(bars)
  assert.deepEqual([status, data.length], [200, DAYS])
  assert.equal((await ask(`${bars}&explain=true`)).meta.plan.bytes_expected, 0)
})
