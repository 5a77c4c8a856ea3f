import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { manualClock } from '@k2/service/clock.ts'
import { type Logger, silentLogger } from '@k2/service/logger.ts'
import type { Meta } from './answers.ts'
import type { DataQuestion, Question } from './core/question.ts'
import { Ledger, reasonsWith, type Tracker, withLedger } from './ledger.ts'

const P = 'market.equities.trades.asx/0'
const AWAY = 'The sequence-tracker at a:1 does not tell of gaps: away.'

interface Told {
  readonly ranges: number
  readonly judged: bigint
  readonly complete?: boolean
}

/** A tracker of so many gaps, one number each; `told` may be changed while it runs. */
function trackerOf(address: string, told: () => Told | Code): Tracker & { asked: number } {
  const tracker = {
    address,
    asked: 0,
    async gaps({ cursor, limit }: { cursor: string; limit: number }) {
      tracker.asked++
      const now = told()
      if (typeof now === 'string') throw new K2Error(now, 'away.')
      const [from, all] = [Number(cursor), now.ranges]
      const gaps = Array.from({ length: Math.min(limit, all - from) }, (_, i) => gapAt(from + i))
      const nextCursor = from + limit < all ? String(from + limit) : ''
      return { gaps, meta: { offsets: { [P]: String(now.judged) }, complete: now.complete ?? false, nextCursor } }
    },
    async coverage() {
      throw new K2Error('NOT_FOUND', 'none.')
    },
    close() {},
  } as unknown as Tracker & { asked: number }
  return tracker
}

const gapAt = (i: number) => {
  const open = {
    fromSequence: String(i * 2),
    toSequence: String(i * 2),
    ...{ afterTimestampMicros: '1', beforeTimestampMicros: '2' },
  }
  return { symbol: 'KTA', exchange: 'ASX', date: '', open: [open] }
}

async function running(
  trackers: readonly Tracker[],
  work: (ledger: Ledger, pass: (ms: number) => Promise<void>) => Promise<void>,
  logger: Logger = silentLogger,
) {
  const clock = manualClock(1_000)
  const ledger = new Ledger({ trackers, clock, logger })
  const ending = new AbortController()
  const run = ledger.run(ending.signal)
  const settled = async () => {
    while (clock.sleepers() === 0) await new Promise(setImmediate)
  }
  await settled()
  await work(ledger, async (ms) => {
    for (let left = ms; left > 0; left -= 2_000) {
      await clock.advance(Math.min(left, 2_000))
      await settled()
    }
  })
  ending.abort()
  await run
}

const question = (kind: Question['kind'] = 'trades') =>
  ({ kind, filter: {}, conditions: {} }) as unknown as DataQuestion
const about = (ledger: Ledger, to: bigint) => {
  const { trouble, ranges, behind } = ledger.about(question(), new Map([[P, to]]))
  return [trouble, ranges, behind, ledger.isBehind(new Map([[P, to]]))]
}

test('what was heard is told without asking again, and asked for every 2 s', async () => {
  const tracker = trackerOf('a:1', () => ({ ranges: 3, judged: 10n }))
  await running([tracker], async (ledger, pass) => {
    for (let i = 0; i < 100; i++) assert.deepEqual(about(ledger, 12n), [null, 3, 2n, true])
    assert.equal(tracker.asked, 1)
    await pass(2_000)
    assert.equal(tracker.asked, 2)
  })
})

test('a ledger of many pages is heard whole, up to what is kept', async () => {
  let ranges = 2_500
  await running([trackerOf('a:1', () => ({ ranges, judged: 10n }))], async (ledger, pass) => {
    assert.deepEqual(about(ledger, 10n), [null, 2_500, 0n, false])
    ranges = 20_500
    await pass(2_000)
    assert.deepEqual(about(ledger, 10n), [
      'the ledger has more than the 20000 ranges that are kept here.',
      20_000,
      0n,
      false,
    ])
  })
})

test('the other one is asked where one is away', async () => {
  const away = trackerOf('a:1', () => 'NOT_READY')
  const there = trackerOf('b:1', () => ({ ranges: 1, judged: 10n }))
  await running([away, there], async (ledger, pass) => {
    assert.deepEqual(about(ledger, 10n), [null, 1, 0n, false])
    await pass(4_000)
    assert.deepEqual([away.asked, there.asked], [1, 3], 'who answers goes on being asked')
  })
})

test('where none answers what was heard last stays, and the answer says so', async () => {
  let told: Told | Code = { ranges: 2, judged: 10n }
  await running([trackerOf('a:1', () => told)], async (ledger, pass) => {
    told = 'NOT_READY'
    await pass(2_000)
    assert.deepEqual(about(ledger, 11n), [AWAY, 2, 1n, true], 'one record is enough')
    assert.deepEqual(about(ledger, 10n), [AWAY, 2, 0n, false], 'what it has judged is complete')
    told = { ranges: 2, judged: 12n }
    await pass(2_000)
    assert.deepEqual(about(ledger, 12n), [null, 2, 0n, false])
  })
})

test('one that answers and has not come on is behind, until it has', async () => {
  let judged = 10n
  await running([trackerOf('a:1', () => ({ ranges: 0, judged }))], async (ledger, pass) => {
    assert.deepEqual(about(ledger, 20n), [null, 0, 10n, true])
    judged = 20n
    await pass(2_000)
    assert.deepEqual(about(ledger, 20n), [null, 0, 0n, false])
  })
})

test('one that was never heard is behind all records', async () => {
  await running([trackerOf('a:1', () => 'LOG_UNAVAILABLE')], async (ledger) => {
    assert.deepEqual(about(ledger, 1n), [AWAY, 0, 1n, true])
    assert.deepEqual(about(ledger, 0n), [AWAY, 0, 0n, false])
  })
})

test('what a tracker refuses is told to who asked it', async () => {
  await running([trackerOf('a:1', () => ({ ranges: 0, judged: 0n }))], async (ledger) => {
    const asked = ledger.ask((tracker, signal) => tracker.coverage({} as never, signal), new AbortController().signal)
    await assert.rejects(asked, { code: 'NOT_FOUND', message: 'none.' })
  })
})

test('only partitions that a symbol of the question goes to keep its answer from being complete', async () => {
  await running([trackerOf('a:1', () => ({ ranges: 0, judged: 8n }))], async (ledger) => {
    // By Kafka's own murmur2: KTA goes to 26 of 40, KTB to 9.
    const offsets = new Map([['market.equities.trades.asx/26', 5n] as const])
    const behind = (symbols?: readonly string[]) => ledger.isBehind(offsets, symbols && { symbols })
    assert.deepEqual(
      [behind(), behind([]), behind(['KTA']), behind(['KTB']), behind(['KTB', 'KTA'])],
      [true, true, true, false, true],
    )
  })
})

// biome-ignore format: a table reads by its columns
const kinds: [kind: Question['kind'], isTold: boolean][] = [
  ['trades', true], ['ohlcv', true], ['summary', true], ['aggregations', true], ['asof', true], ['gaps', true],
  ['quotes', false], ['reference', false], ['symbols', false], ['stats', false], ['snapshots', false],
]
for (const [kind, isTold] of kinds)
  test(`an answer of ${kind} ${isTold ? 'has' : 'has not'} what the ledger tells`, async () => {
    await running([trackerOf('a:1', () => ({ ranges: 1, judged: 8n }))], async (ledger) => {
      const of = (to: bigint, ...reasons: string[]) => {
        const meta = { complete: reasons.length === 0, reasons, offsets: new Map([[P, to]]) } as unknown as Meta
        assert.equal(withLedger(undefined, question(kind), meta), meta)
        const { complete, reasons: told, ledger: heard } = withLedger(ledger, question(kind), meta)
        assert.deepEqual(reasonsWith(ledger, question(kind), reasons, meta.offsets), told)
        return [complete, told, heard?.ranges]
      }
      const ranges = isTold ? 1 : undefined
      assert.deepEqual(of(8n), [true, [], ranges])
      assert.deepEqual(of(9n), [!isTold, isTold ? ['LEDGER_BEHIND'] : [], ranges])
      assert.deepEqual(of(9n, 'TAIL_LIMIT'), [false, isTold ? ['LEDGER_BEHIND', 'TAIL_LIMIT'] : ['TAIL_LIMIT'], ranges])
    })
  })

test('a tracker that starts is no news; one that stays away is, once', async () => {
  const lines: string[] = []
  const warn = (_: unknown, line: string) => void lines.push(line)
  const info = (line: string) => void lines.push(line)
  const logger = { ...silentLogger, warn, info } as unknown as Logger
  let isAway = true
  const tracker = trackerOf('a:1', () => (isAway ? 'NOT_READY' : { ranges: 1, judged: 10n }))
  const work = async (_: Ledger, pass: (ms: number) => Promise<void>) => {
    await pass(8_000)
    assert.deepEqual(lines, [])
    await pass(20_000)
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, /^the ledger of gaps is not heard: .*a:1/)
    isAway = false
    await pass(2_000)
    assert.deepEqual(lines.slice(1), ['the ledger of gaps is heard'])
  }
  await running([tracker], work, logger)
})
