/**
 * The ledger beside the lake's own answer, and what its service answers: pages, what is filled and by whom, coverage, events
 * as they are found.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { realClock } from '@k2/service/clock.ts'
import { asking } from '../worlds/asking.ts'
import { overRest } from '../worlds/doors.ts'
import { inFolder } from '../worlds/folder.ts'
import { tracked } from '../worlds/injected.ts'
import { NumberedFeed } from '../worlds/numbered.ts'
import { append, judged, type Numbered, serving } from '../worlds/tracking.ts'
import { below, oneOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? Math.floor(Math.random() * 2 ** 31))
const APPENDS = 60
const NOON = Date.parse('2014-03-10T02:00:00Z') * 1000
const DAY = 86_400_000_000

const microsOf = (iso: unknown): string =>
  String(BigInt(Date.parse(String(iso).slice(0, 19).concat('Z'))) * 1000n + BigInt(String(iso).slice(20, 26)))

test(`open ranges are the gaps that the lake finds, seed ${SEED}`, { timeout: 120_000 }, (t) =>
  inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const random = seeded(SEED)
      const life = await serving(world.log, world.registry, data)
      try {
        // A reset is what the lake cannot see, for its answer knows numbers and no order of arrival; and of two trades of one
        // number it takes the nearer, the ledger the first.
        const feeds = ['KTA', 'KTB'].flatMap((symbol) =>
          ['ASX', 'BINANCE'].map((exchange) => new NumberedFeed(symbol, exchange, random, false)),
        )
        for (let i = 0; i < APPENDS; i++) {
          const trades = oneOf(random, feeds).next(1 + below(random, 40), random)
          if (trades.length > 0) await append(world.log, world.registry, trades)
          if (i === APPENDS / 2) await world.sink.drain(AbortSignal.timeout(20_000))
        }
        await judged(world.log)
        const question = { path: '/v1/gaps', rpc: 'ListGaps', asked: { limit: 10_000 } } as const
        const { data: rows } = await overRest(world, question)
        const lake = rows.map((row) =>
          [
            row.exchange,
            row.symbol,
            row.date ?? '',
            BigInt(String(row.after_sequence)) + 1n,
            BigInt(String(row.before_sequence)) - 1n,
            microsOf(row.after_timestamp),
            microsOf(row.before_timestamp),
          ].join(' '),
        )
        const { gaps, meta } = await life.rpc.call('ListSequenceGaps', { limit: 10_000 })
        const ledger = gaps.flatMap(({ exchange, symbol, date, open }) =>
          open.map((of) =>
            [
              exchange,
              symbol,
              date,
              of.fromSequence,
              of.toSequence,
              of.afterTimestampMicros,
              of.beforeTimestampMicros,
            ].join(' '),
          ),
        )
        t.diagnostic(`${gaps.length} gaps, ${lake.length} ranges open`)
        assert.deepEqual(ledger.sort(), lake.sort())
        assert.ok(lake.length > 50 && gaps.some(({ status }) => status === 'GAP_STATUS_FILLED'))
        assert.deepEqual([meta?.complete, meta?.reasons], [true, []])
      } finally {
        await life.end()
      }
    }),
  ),
)

const trade = (number: number, more: Partial<Numbered> = {}): Numbered => ({
  ...{ symbol: 'KTA', exchange: 'BINANCE', timestampMicros: NOON + number * 1_000, sourceSequence: BigInt(number) },
  ...more,
})

test('a gap is open, partly filled, filled; and each fill names its record', () =>
  tracked(async (life, log, registry) => {
    const now = async () => {
      await judged(log)
      const { gaps } = await life.rpc.call('ListSequenceGaps', { symbols: ['KTA'], exchange: 'BINANCE' })
      return gaps.map(({ status, fromSequence, toSequence, missing, fills, offset }) => [
        ...[status.slice(11), `${fromSequence}-${toSequence}`, missing, offset],
        ...fills.map((fill) => `${fill.fromSequence}-${fill.toSequence}@${fill.offset}`),
      ])
    }
    await append(
      log,
      registry,
      [1, 2, 6].map((number) => trade(number)),
    )
    assert.deepEqual(await now(), [['OPEN', '3-5', '3', '2']])
    await append(
      log,
      registry,
      [7, 4].map((number) => trade(number)),
    )
    assert.deepEqual(await now(), [['PARTLY_FILLED', '3-5', '2', '2', '4-4@4']])
    await append(
      log,
      registry,
      [3, 5].map((number) => trade(number)),
    )
    assert.deepEqual(await now(), [['FILLED', '3-5', '0', '2', '4-4@4', '3-3@5', '5-5@6']])
    const { gaps } = await life.rpc.call('ListSequenceGaps', {
      statuses: ['GAP_STATUS_OPEN', 'GAP_STATUS_PARTLY_FILLED'],
    })
    assert.deepEqual(gaps, [])
  }))

test('coverage: complete, or what is missing of the day', () =>
  tracked(async (life, log, registry) => {
    const asx = (number: number, day = 0) =>
      trade(number, { exchange: 'ASX', timestampMicros: NOON + day * DAY + number })
    await append(log, registry, [asx(1), asx(2), asx(3), asx(1, 1), asx(4, 1), asx(3, 2), asx(4, 2)])
    const late = (number: number, day: number) => trade(number, { timestampMicros: NOON + day * DAY })
    await append(log, registry, [late(10, 0), late(11, 0), late(14, 1), late(15, 3), late(16, 4)])
    await judged(log)
    const of = async (exchange: string, date: string) => {
      const { coverage } = await life.rpc.call('GetCoverage', { symbol: 'KTA', exchange, date })
      const ranges = coverage!.missing.map(({ fromSequence, toSequence }) => `${fromSequence}-${toSequence}`)
      return [coverage!.complete, ...ranges]
    }
    // biome-ignore format: a table reads by its columns
    const days: [exchange: string, date: string, coverage: readonly (boolean | string)[]][] = [
      ['ASX',     '2014-03-10', [true]],
      ['ASX',     '2014-03-11', [false, '2-3']],
      // Its numbers begin at 1.
      ['ASX',     '2014-03-12', [false, '1-2']],
      // Without days of their own the trades on both sides say when it was.
      ['BINANCE', '2014-03-10', [false, '12-13']],
      ['BINANCE', '2014-03-11', [false, '12-13']],
      ['BINANCE', '2014-03-12', [true]],
      ['BINANCE', '2014-03-14', [true]],
    ]
    for (const [exchange, date, coverage] of days)
      assert.deepEqual(await of(exchange, date), coverage, `${exchange} ${date}`)
    for (const [exchange, date] of [
      ['ASX', '2014-03-13'],
      ['BINANCE', '2014-03-15'],
      ['BINANCE', '2014-03-09'],
      ['NOWHERE', '2014-03-10'],
    ] as const)
      await assert.rejects(of(exchange, date), { code: 'NOT_FOUND' }, `${exchange} ${date}`)
    for (const request of [
      { symbol: 'KTA', exchange: 'ASX', date: '10.3.2014' },
      { symbol: '', exchange: 'ASX', date: '2014-03-10' },
    ])
      await assert.rejects(life.rpc.call('GetCoverage', request), { code: 'INVALID_ARGUMENT' })
  }))

test('pages go on where they ended, and refuse what is none of theirs', () =>
  tracked(async (life, log, registry) => {
    const symbols = Array.from({ length: 7 }, (_, i) => `K${i}`)
    for (const symbol of symbols)
      await append(log, registry, [trade(1, { symbol }), trade(3, { symbol }), trade(3, { symbol })])
    await judged(log)
    for (const [method, rows] of [
      ['ListPositions', 'positions'],
      ['ListSequenceGaps', 'gaps'],
      ['ListSequenceEvents', 'events'],
    ] as const) {
      const seen: string[] = []
      let cursor = ''
      do {
        const reply = await life.rpc.call(method, { limit: 3, cursor })
        const page = (reply as unknown as Record<string, { symbol: string }[]>)[rows]!
        assert.equal(reply.meta!.hasMore, seen.length + page.length < symbols.length, method)
        seen.push(...page.map(({ symbol }) => symbol))
        cursor = reply.meta!.nextCursor
      } while (cursor !== '')
      assert.deepEqual(seen, symbols, method)
      await assert.rejects(life.rpc.call(method, { cursor: 'not ours!' }), { code: 'INVALID_CURSOR' })
      await assert.rejects(life.rpc.call(method, { limit: 10_001 }), { code: 'INVALID_ARGUMENT' })
    }
    for (const one of [0, 99])
      for (const call of [
        life.rpc.call('ListSequenceGaps', { statuses: [one as never] }),
        life.rpc.call('ListSequenceEvents', { kinds: [one as never] }),
      ])
        await assert.rejects(call, { code: 'INVALID_ARGUMENT' })
    const often = Array.from({ length: 40_000 }, () => 'GAP_STATUS_OPEN' as const)
    assert.equal((await life.rpc.call('ListSequenceGaps', { statuses: often })).gaps.length, symbols.length)
  }))

test('any member answers for what another has judged', () =>
  tracked(async (life, log, registry) =>
    inFolder(async (folder) => {
      const other = await serving(log, registry, folder)
      try {
        const symbols = Array.from({ length: 12 }, (_, i) => `K${i}`)
        for (const symbol of symbols) await append(log, registry, [trade(1, { symbol }), trade(3, { symbol })])
        await judged(log)
        for (const one of [life, other]) {
          const { gaps, meta } = await one.rpc.call('ListSequenceGaps', {})
          assert.deepEqual([gaps.length, meta?.complete], [symbols.length, true])
        }
      } finally {
        await other.end()
      }
    }),
  ))

test('who watches is told what is found from then on', () =>
  tracked(async (life, log, registry) => {
    await append(log, registry, [trade(1), trade(3)])
    await judged(log)
    const stop = new AbortController()
    const watched = life.rpc
      .stream('WatchSequence', { symbols: ['KTB'] }, { signal: stop.signal })
      [Symbol.asyncIterator]()
    const first = watched.next()
    // It begins when it is asked for: what comes before that is not told, so it is sent until it is.
    for (let number = 1, isTold = false; !isTold; number += 10) {
      await append(log, registry, [trade(number, { symbol: 'KTB' }), trade(number + 5, { symbol: 'KTB' })])
      isTold = await Promise.race([first.then(() => true), realClock.sleep(100).then(() => false)])
    }
    const { value } = await first
    assert.deepEqual([value.symbol, value.kind, value.status], ['KTB', 'SEQUENCE_EVENT_KIND_GAP', 'GAP_STATUS_OPEN'])
    stop.abort()
    await watched.return?.()
  }))
