/**
 * What the sequence-tracker's ledger knows, in answers of the query-service: in the proof of whatever is about trades, and
 * asked for itself, at both doors; and what is said where no tracker answers.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trackersAt } from '@k2/query-service/adapters/trackers.ts'
import type { Tracker } from '@k2/query-service/ledger.ts'
import { realClock } from '@k2/service/clock.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { type Answered, bothDoors, overRest, type Question } from '../worlds/doors.ts'
import { inFolder } from '../worlds/folder.ts'
import { serve } from '../worlds/serve.ts'
import { append, judged, type Life, type Numbered, serving } from '../worlds/tracking.ts'

const NOON = Date.parse('2014-03-10T02:00:00Z') * 1000
const DAY = 86_400_000_000
const MS_MAX = 30_000

interface Ledger {
  readonly heard_at: string | null
  readonly trouble: string | null
  readonly behind: string
  readonly ranges: number
  readonly missing: string
  readonly open: readonly { readonly symbol: string; readonly from_sequence: string; readonly to_sequence: string }[]
}

const ledgerIn = ({ meta }: Answered): Ledger => meta.ledger as Ledger
const openIn = (ledger: Ledger) =>
  ledger.open.map(({ symbol, from_sequence: from, to_sequence: to }) => `${symbol} ${from}-${to}`).sort()

/** One that comes and goes. */
function oneOf(address: () => string | undefined): Tracker & { forget(): void } {
  let known: Tracker | undefined
  const now = () => {
    known ??= trackersAt([address() ?? '127.0.0.1:1'])[0]!
    return known
  }
  const forget = () => {
    known?.close()
    known = undefined
  }
  return {
    address: 'the tracker',
    gaps: (request, signal) => now().gaps(request, signal),
    coverage: (request, signal) => now().coverage(request, signal),
    close: forget,
    forget,
  }
}

async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + MS_MAX; !(await is()); await realClock.sleep(50)) assert.ok(Date.now() < end, what)
}

const trade = (symbol: string, number: number, more: Partial<Numbered> = {}): Numbered => ({
  ...{ symbol, exchange: 'BINANCE', timestampMicros: NOON + number * 1_000_000, sourceSequence: BigInt(number) },
  ...more,
})

const TRADES = { path: '/v1/trades', rpc: 'GetTrades' } as const
const about = (asked: Question['asked']): Question => ({
  ...TRADES,
  asked: { fields: ['symbol', 'source_sequence'], ...asked },
})

/** KTA lacks 3 to 5 and 8, KTB 2 to 9; on the ASX KTA begins at 1 and lacks 2. */
async function put({ log, registry }: Asking): Promise<void> {
  await append(
    log,
    registry,
    [1, 2, 6, 7, 9].map((number) => trade('KTA', number)),
  )
  await append(
    log,
    registry,
    [1, 10].map((number) => trade('KTB', number)),
  )
  await append(
    log,
    registry,
    [1, 3].map((number) => trade('KTA', number, { exchange: 'ASX' })),
  )
  await judged(log)
}

async function withTracker(
  work: (world: Asking, life: Life, tracker: ReturnType<typeof oneOf>) => Promise<void>,
): Promise<void> {
  await inFolder(async (data) => {
    let life: Life | undefined
    const tracker = oneOf(() => life?.address())
    await asking(
      data,
      { rows: 100_000, ageMs: 3_600_000 },
      async (world) => {
        life = await serving(world.log, world.registry, data)
        tracker.forget()
        try {
          await put(world)
          await work(world, life, tracker)
        } finally {
          await life.end()
        }
      },
      { trackers: [tracker] },
    )
  })
}

const heard = (world: Asking) =>
  until('the ledger is heard whole', async () => {
    const { trouble, behind } = ledgerIn(await overRest(world, about({ limit: 1 })))
    return trouble === null && behind === '0'
  })

const at = (number: number) => new Date((NOON + number * 1_000_000) / 1000).toISOString()

// biome-ignore format: a table reads by its columns
const ASKED: [name: string, question: Question, open: readonly string[], missing: number][] = [
  ['all',                     about({}),                                  ['KTA 2-2', 'KTA 3-5', 'KTA 8-8', 'KTB 2-9'], 13],
  ['of a symbol',             about({ symbol: 'KTB' }),                   ['KTB 2-9'], 8],
  ['of a venue',              about({ exchange: 'ASX' }),                 ['KTA 2-2'], 1],
  ['of a symbol without any', about({ symbol: 'KTC' }),                   [], 0],
  ['before it',               about({ symbol: 'KTA', exchange: 'BINANCE', end_time: at(2) }),       [], 0],
  ['that it begins in',       about({ symbol: 'KTA', exchange: 'BINANCE', end_time: at(3) }),       ['KTA 3-5'], 3],
  ['within it',               about({ symbol: 'KTA', exchange: 'BINANCE', start_time: at(4), end_time: at(5) }), ['KTA 3-5'], 3],
  ['behind it',               about({ symbol: 'KTA', exchange: 'BINANCE', start_time: at(7) }),     ['KTA 8-8'], 1],
  ['bars',                    { path: '/v1/ohlcv/1m', rpc: 'GetOhlcv', asked: { symbol: 'KTB' } },  ['KTB 2-9'], 8],
  ['gaps in the records',     { path: '/v1/gaps', rpc: 'ListGaps', asked: { symbol: 'KTB' } },      ['KTB 2-9'], 8],
]

test('an answer tells which open gaps touch its symbols and times', { timeout: 60_000 }, () =>
  withTracker(async (world) => {
    await heard(world)
    for (const [name, question, open, missing] of ASKED) {
      const answer = await bothDoors(world, question)
      const told = ledgerIn(answer)
      assert.deepEqual(
        [openIn(told), told.missing, told.ranges, told.trouble],
        [open, String(missing), open.length, null],
        name,
      )
      assert.equal(answer.meta.complete, true, name)
    }
    const { meta } = await overRest(world, { path: '/v1/quotes', rpc: 'GetQuotes', asked: {} })
    assert.ok(!('ledger' in meta), 'quotes are not numbered')
    const bars = await fetch(`${world.url}/v1/trades?symbol=KTB&format=csv`)
    assert.equal(bars.status, 200)
  }),
)

test('what is filled is told no more; by whom it was, the ledger itself says', { timeout: 60_000 }, () =>
  withTracker(async (world) => {
    await heard(world)
    await append(
      world.log,
      world.registry,
      [4, 3].map((number) => trade('KTA', number)),
    )
    await append(
      world.log,
      world.registry,
      [8].map((number) => trade('KTA', number)),
    )
    await judged(world.log)
    const question = about({ symbol: 'KTA', exchange: 'BINANCE' })
    await until('it is heard', async () => openIn(ledgerIn(await overRest(world, question))).join() === 'KTA 5-5')

    const listed = async (asked: Question['asked'], request: object) => {
      const { data } = await bothDoors(world, { path: '/v1/gaps/ledger', rpc: 'ListLedgerGaps', asked, request })
      return data.map((row) =>
        [
          row.symbol,
          row.exchange,
          row.status,
          `${row.from_sequence}-${row.to_sequence}`,
          row.missing,
          row.open,
          row.filled,
          row.filled_by_offset,
        ]
          .flat()
          .join(' '),
      )
    }
    const offsets = { partly: ['6', '5'], filled: ['7'] }
    assert.deepEqual(await listed({ symbol: 'KTA', exchange: 'BINANCE' }, { symbols: ['KTA'], exchange: 'BINANCE' }), [
      `KTA BINANCE partly_filled 3-5 1 5-5 4-4 3-3 ${offsets.partly.toReversed().join(' ')}`,
      `KTA BINANCE filled 8-8 0 8-8 ${offsets.filled.join(' ')}`,
    ])
    assert.deepEqual(await listed({ status: 'open' }, { statuses: ['open'] }), [
      'KTA ASX open 2-2 1 2-2',
      'KTB BINANCE open 2-9 8 2-9',
    ])
    const first = await overRest(world, { path: '/v1/gaps/ledger', rpc: 'ListLedgerGaps', asked: { limit: 3 } })
    assert.deepEqual([first.data.length, first.meta.has_more, first.meta.complete], [3, true, true])
    const { next_cursor: cursor } = first.meta
    const rest = await overRest(world, {
      path: '/v1/gaps/ledger',
      rpc: 'ListLedgerGaps',
      asked: { limit: 3, cursor: cursor! },
    })
    assert.deepEqual([rest.data.length, rest.meta.next_cursor], [1, null])
    const csv = await (await fetch(`${world.url}/v1/gaps/ledger?symbol=KTB&format=csv`)).text()
    assert.match(csv.split('\n')[1]!, /^KTB,BINANCE,,open,2,9,8,/)
  }),
)

test('coverage of a day: complete, or what is missing', { timeout: 60_000 }, () =>
  withTracker(async (world) => {
    await append(world.log, world.registry, [trade('KTA', 10, { timestampMicros: NOON + 2 * DAY })])
    await judged(world.log)
    // biome-ignore format: a table reads by its columns
    const days: [exchange: string, date: string, complete: boolean, open: readonly string[]][] = [
      ['BINANCE', '2014-03-10', false, ['3-5', '8-8']],
      ['BINANCE', '2014-03-12', true,  []],
      ['ASX',     '2014-03-10', false, ['2-2']],
    ]
    for (const [exchange, date, complete, open] of days) {
      const question = {
        path: '/v1/gaps/coverage',
        rpc: 'GetGapCoverage',
        asked: { symbol: 'KTA', exchange, date },
      } as const
      const { data } = await bothDoors(world, { ...question, request: question.asked })
      const [row] = [data].flat()
      assert.deepEqual([row!.complete, row!.open], [complete, open], `${exchange} ${date}`)
    }
    const none = await fetch(`${world.url}/v1/gaps/coverage?symbol=KTA&exchange=ASX&date=2014-03-11`)
    assert.deepEqual([none.status, ((await none.json()) as { code: string }).code], [404, 'NOT_FOUND'])
  }),
)

test(
  'a tracker that is away is told of, with what it said last; one that comes back is heard',
  { timeout: 60_000 },
  () =>
    withTracker(async (world, life, tracker) => {
      await heard(world)
      await life.end()
      const question = about({ symbol: 'KTB' })
      await until('it is missed', async () => ledgerIn(await overRest(world, question)).trouble !== null)
      await append(world.log, world.registry, [trade('KTB', 11)])
      const answer = await bothDoors(world, question)
      const told = ledgerIn(answer)
      assert.match(told.trouble!, /^The sequence-tracker at the tracker does not tell of gaps: /)
      assert.deepEqual([openIn(told), told.behind], [['KTB 2-9'], '1'])
      assert.deepEqual([answer.meta.complete, answer.meta.reasons], [false, ['LEDGER_BEHIND']])
      assert.ok(Date.parse(told.heard_at!) < Date.now())
      const refused = await fetch(`${world.url}/v1/gaps/ledger`)
      assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [503, 'NOT_READY'])

      await inFolder(async (folder) => {
        const again = await serving(world.log, world.registry, folder)
        try {
          // Under another address: what stands for it looks anew.
          Object.assign(tracker, trackersAt([again.address()])[0])
          await heard(world)
        } finally {
          await again.end()
        }
      })
    }),
)

test('in one process the tracker is asked without a setting', { timeout: 120_000 }, () =>
  inFolder(async (data) => {
    const world = await serve(['--data', data, '--no-feed'])
    try {
      const ask = async (path: string) => (await (await fetch(`${world.url}${path}`)).json()) as Answered
      await until('all is judged and heard', async () => {
        const { trouble, behind } = ledgerIn(await ask('/v1/trades?symbol=KTA&limit=1'))
        return trouble === null && behind === '0'
      })
      const { data: gaps, meta } = await ask('/v1/gaps/ledger')
      assert.deepEqual([gaps.length, meta.complete], [meta.count, true])
      const { data: day } = await ask('/v1/gaps/coverage?symbol=KTA&exchange=ASX&date=2014-03-10')
      assert.equal((day as unknown as { complete: boolean }).complete, true)
    } finally {
      await world.stop()
    }
  }),
)

test('where no tracker is asked nothing is said of gaps, and the ledger is not there', () =>
  inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const { meta } = await bothDoors(world, about({}))
      assert.ok(!('ledger' in meta))
      for (const path of ['ledger', 'coverage?symbol=KTA&exchange=ASX&date=2014-03-10']) {
        const answer = await fetch(`${world.url}/v1/gaps/${path}`)
        const { detail } = (await answer.json()) as { detail: string }
        assert.deepEqual([answer.status, detail.slice(0, 35)], [404, 'No sequence-tracker is asked here: '])
      }
    }),
  ))
