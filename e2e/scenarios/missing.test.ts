/** What an answer lacks it says, or it is refused: every question about trades, at both doors. */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { seeded } from '@k2/embedded/sample.ts'
import type { Intent, Table } from '@k2/lake/table.ts'
import type { Log } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { TOPIC } from '../oracle/log.ts'
import { type Asking, type AskingOptions, asking } from '../worlds/asking.ts'
import { inFolder, withLog } from '../worlds/folder.ts'
import { quoteOf, tradeOf } from '../worlds/market.ts'
import { until } from '../worlds/service.ts'

const KTA = partitionOf(Buffer.from('KTA'), 30)
const NEVER = { rows: 100_000, ageMs: 3_600_000 }
const symbols = ['KTA']
const DAY = '2014-03-10'

// biome-ignore format: a table reads by its columns
const QUESTIONS: readonly [path: string, rpc: string, request: object, isPost?: true][] = [
  ['/v1/trades?symbol=KTA',           'GetTrades',       { symbols }],
  ['/v1/trades/query',                'QueryTrades',     { symbols },                       true],
  ['/v1/ohlcv/1d?symbol=KTA',         'GetOhlcv',        { symbols, timeframe: '1d' }],
  ['/v1/ohlcv/batch',                 'GetOhlcvBatch',   { symbols, timeframes: ['1d'] },   true],
  ['/v1/aggregations',                'GetAggregations', { symbols },                       true],
  ['/v1/asof?symbol=KTA',             'GetAsOf',         { symbols }],
  [`/v1/summary/KTA/${DAY}`,          'GetSummary',      { symbol: 'KTA', date: DAY }],
  ['/v1/symbols',                     'ListSymbols',     {}],
]

interface Said {
  readonly reasons: readonly string[]
  /** `reason from-to`. */
  readonly holes: readonly string[]
  /** Where it ends in the symbol's partition. */
  readonly to: string | undefined
}

type Hole = Readonly<Record<'reason' | 'from' | 'to', string>>
interface Meta {
  readonly complete: boolean
  readonly reasons: readonly string[]
  readonly offsets: Readonly<Record<string, string>>
  readonly holes: readonly Hole[]
}

/** What each answer says, which must be one thing; or the code that all are refused with. */
async function said(world: Asking, questions = QUESTIONS): Promise<Said | string> {
  const all = new Map<string, Said | string>()
  for (const question of questions) {
    for (const [door, answer] of [
      ['REST', await overRest(world, question)],
      ['gRPC', await overGrpc(world, question)],
    ] as const)
      all.set(`${door} ${question[0]}`, typeof answer === 'string' ? answer : shortly(answer))
  }
  const [first] = all.values()
  for (const [question, one] of all) assert.deepEqual(one, first, question)
  return first!
}

function shortly({ complete, reasons, offsets, holes }: Meta): Said {
  assert.equal(complete, reasons.length === 0)
  const texts = holes.map(({ reason, from, to }) => `${reason} ${from}-${to}`)
  return { reasons: [...reasons], holes: texts, to: offsets[`${TOPIC}/${KTA}`] }
}

async function overRest({ url }: Asking, [path, , body, isPost]: (typeof QUESTIONS)[number]): Promise<Meta | string> {
  const headers = { 'content-type': 'application/json' }
  const post = { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = (await (await fetch(`${url}${path}`, isPost ? post : {})).json()) as {
    meta: Meta & Record<'deferred' | 'rejected', Hole[]>
    code: string
  }
  if (answer.meta === undefined) return answer.code
  return { ...answer.meta, holes: [...answer.meta.deferred, ...answer.meta.rejected] }
}

async function overGrpc({ rpc }: Asking, [, name, request]: (typeof QUESTIONS)[number]): Promise<Meta | string> {
  try {
    return (await rpc.call(name as 'GetTrades', request)).meta as unknown as Meta
  } catch (error) {
    if (error instanceof K2Error) return error.code
    throw error
  }
}

const trades = (count: number) => Array.from({ length: count }, () => tradeOf('KTA', seeded(count)))
const tradesOf = ({ tables }: Asking): Table => tables[0]!

/** Something of each table in the lake, ten trades among them. */
async function landed(world: Asking): Promise<void> {
  await world.append('trades', trades(10))
  await world.append('quotes', [quoteOf('KTA', seeded(1))])
  await world.sink.drain(AbortSignal.timeout(20_000))
}

const inWorld = (work: (world: Asking) => Promise<void>, options: AskingOptions = {}) =>
  inFolder((data) => asking(data, NEVER, work, options))

test('nothing is missing', () =>
  inWorld(async (world) => {
    await landed(world)
    await world.append('trades', trades(2))
    assert.deepEqual(await said(world), { reasons: [], holes: [], to: '12' })
  }))

test('a record that no table can take, before and after it lands', () =>
  inWorld(async (world) => {
    await landed(world)
    await world.log.append(TOPIC, [{ key: 'KTA', value: Buffer.from('nothing') }])
    const wanted = { reasons: ['REJECTED_RECORDS'], holes: ['rejected 10-11'], to: '11' }
    assert.deepEqual(await said(world), wanted)
    await world.sink.drain(AbortSignal.timeout(20_000))
    assert.deepEqual(await said(world), wanted)
  }))

test('deferred records, until they are filled in', () =>
  inWorld(async (world) => {
    await landed(world)
    await world.append('trades', trades(5))
    const table = tradesOf(world)
    const hole = { topic: TOPIC, partition: KTA, from: 10n, to: 13n, reason: 'deferred' as const, policy: 'p' }
    const none: Intent = { commitId: 'x', files: [], advances: [], holesRead: [], holesAdded: [], holesStruck: [] }
    const advance = { topic: TOPIC, partition: KTA, expected: 10n, to: 13n }
    const { kind } = await table.commit({ ...none, advances: [advance], holesAdded: [hole] })
    assert.equal(kind, 'committed')
    await world.log.append('k2.lake.commits', [{ key: table.spec.name, value: Buffer.from('{}') }])
    const wanted = { reasons: ['DEFERRED_RECORDS'], holes: ['deferred 10-13'], to: '15' }
    await until('the commit is seen', async () => JSON.stringify(await said(world)) === JSON.stringify(wanted))
    await table.commit({ ...none, commitId: 'y', holesRead: [hole], holesStruck: [hole] })
    await world.log.append('k2.lake.commits', [{ key: table.spec.name, value: Buffer.from('{}') }])
    await until('it is filled in', async () => JSON.stringify(((await said(world)) as Said).reasons) === '[]')
  }))

test('retention ran past the lake', () =>
  inFolder(async (data) => {
    await asking(data, NEVER, async (world) => {
      await landed(world)
      await world.append('trades', trades(5))
    })
    await withLog(data, (log) => log.deleteBefore(TOPIC, KTA, 13n))
    // A sink would refuse to go on.
    await asking(
      data,
      NEVER,
      async (world) => {
        assert.deepEqual(await said(world), { reasons: ['LOG_UNREADABLE'], holes: [], to: '15' })
        const lake = (await (await fetch(`${world.url}/v1/trades?source=lake`)).json()) as { meta: Meta }
        assert.deepEqual(shortly({ ...lake.meta, holes: [] }), { reasons: [], holes: [], to: '10' })
      },
      { lands: false },
    )
  }))

test('the tail is at its limit, on every page', () =>
  inWorld(
    async (world) => {
      // Each is read before the next one comes: a batch is read whole.
      for (const to of ['7', '14', '21']) {
        await world.append('trades', trades(7))
        assert.deepEqual(await said(world), { reasons: [], holes: [], to })
      }
      await world.append('trades', trades(7))
      assert.deepEqual(await said(world), { reasons: ['TAIL_LIMIT'], holes: [], to: '21' })
      const path = `${world.url}/v1/trades?limit=12`
      const [counts, reasons]: [number[], unknown[]] = [[], []]
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { meta } = (await (await fetch(path + (cursor && `&cursor=${cursor}`))).json()) as {
          meta: Meta & { count: number; next_cursor: string | null }
        }
        counts.push(meta.count)
        reasons.push(meta.reasons)
        cursor = meta.next_cursor
      }
      assert.deepEqual([counts, reasons], [[12, 9], Array(2).fill(['TAIL_LIMIT'])])
      const csv = await fetch(`${world.url}/v1/trades?format=csv`)
      assert.deepEqual(
        [csv.headers.get('x-complete'), csv.headers.get('x-incomplete-reasons')],
        ['false', 'TAIL_LIMIT'],
      )
    },
    { tailRowsMax: 20, lands: false },
  ))

const away = () => new K2Error('LOG_UNAVAILABLE', 'It is away, as the test wants it.')

/** The log, but for what the test says. */
const bent = (log: Log, how: Partial<Log>): Log =>
  new Proxy(log, {
    get(of, name) {
      const value = Reflect.get(name in how ? how : of, name)
      return typeof value === 'function' ? value.bind(of) : value
    },
  })

test('the log stops being read, and the catalog is away too', () => {
  let isAway = false
  async function* follow(this: Log, ...args: Parameters<Log['follow']>) {
    for await (const batch of this.follow(...args)) {
      if (isAway) throw away()
      yield batch
    }
  }
  return inWorld(
    async (world) => {
      await landed(world)
      isAway = true
      await world.append('trades', trades(2))
      await until('it is said', async () => {
        assert.deepEqual(await said(world), { reasons: ['LOG_UNREADABLE'], holes: [], to: '10' })
        return true
      })
      isAway = false
      await until('it is read again', async () => {
        assert.deepEqual(await said(world), { reasons: [], holes: [], to: '12' })
        return true
      })
    },
    {
      logSeen: (log) => bent(log, { follow }),
      asSeen: (table) => ({ ...table, head: () => (isAway ? Promise.reject(away()) : table.head()) }),
    },
  )
})

test('nobody knows where the log ends', () => {
  let isAway = false
  const logSeen = (log: Log): Log =>
    bent(log, { ranges: (topics) => (isAway ? Promise.reject(away()) : log.ranges(topics)) })
  return inWorld(
    async (world) => {
      await landed(world)
      isAway = true
      assert.equal(await said(world), 'LOG_UNAVAILABLE')
      isAway = false
    },
    { logSeen },
  )
})

test('a data file is gone, before it was read and after', () =>
  inFolder(async (data) => {
    const gone = async (world: Asking, questions = QUESTIONS) => {
      const { files } = await tradesOf(world).plan({})
      for (const { path } of files) await rm(path)
      assert.equal(await said(world, questions), 'LAKE_DAMAGED')
      // What it is not about is whole.
      const quotes = (await (await fetch(`${world.url}/v1/quotes`)).json()) as { meta: Meta }
      assert.equal(quotes.meta.complete, true)
    }
    await asking(`${data}/one`, NEVER, async (world) => {
      await landed(world)
      await gone(world)
    })
    const read = async (world: Asking) => {
      await landed(world)
      assert.deepEqual(await said(world), { reasons: [], holes: [], to: '10' })
      await gone(
        world,
        QUESTIONS.filter(([path]) => /ohlcv|aggregations|summary/.test(path)),
      )
    }
    // Bars that are kept need no file any more, nor do records.
    await asking(`${data}/other`, NEVER, read, { barsMb: 0 })
  }))
