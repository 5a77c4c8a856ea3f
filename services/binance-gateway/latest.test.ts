import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeLetter } from '@k2/contracts/records/dead-letter.ts'
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { manualClock } from '@k2/service/clock.ts'
import type { LedgerState } from './core/ledger.ts'
import { TradeStream } from './core/stream.ts'
import { type Subject, Subjects, subjectOf } from './core/subject.ts'
import { Intake, type IntakeParts } from './intake.ts'
import { Latest, type LatestParts } from './latest.ts'

const BTC: Subject = subjectOf('BINANCE', 'trade', { symbol: 'BTCUSDT', currency: 'USDT' }, 0)
const live = (t: number) => Buffer.from(`{"e":"trade","s":"BTCUSDT","t":${t},"p":"1","q":"1","T":1,"m":true}`)
const past = (id: number) => `{"id":${id},"price":"1","qty":"1","time":1,"isBuyerMaker":true}`

/** A feed that stands there, of a venue whose trades are those ids, or which does not answer. */
function feedOver(state: LedgerState, venue: { ids: number[] | undefined }) {
  const clock = manualClock(1_000_000)
  const stream = new TradeStream(state, 1_000_000)
  const [written, caughtUp, errors]: [number[], number[], string[]] = [[], [], []]
  const out = new Outgoing(new Uint8Array(0))
  const parts = {
    subjects: new Subjects([BTC]),
    tradeKind: 'trade',
    streams: [stream],
    trades: { out: () => out, wrote: (_: Subject, id: number) => void written.push(id) },
    clock,
    metrics: { repeated: { add() {} }, refilled: { add() {} }, failed() {} },
    behind: () => {},
    doubted: (subject: Subject, trade: Parameters<IntakeParts['doubted']>[1]) => latest.doubt(subject, trade),
  }
  const intake = new Intake(parts as unknown as IntakeParts)
  const latest: Latest = new Latest({
    streams: [stream],
    tradeKind: 'trade',
    intake,
    clock,
    refill: { catchUp: () => void caughtUp.push(stream.sent.next) },
    logger: { error: (_: object, said: string) => void errors.push(said) },
    rest: {
      async ask(_: string, path: string) {
        const query = new URLSearchParams(path.split('?')[1])
        const from = query.get('fromId')
        const ids = from === null ? venue.ids?.slice(-1) : venue.ids?.filter((id) => id >= Number(from)).slice(0, 1)
        return ids === undefined ? {} : { bytes: Buffer.from(`[${ids.map(past).join(',')}]`) }
      },
    },
  } as unknown as LatestParts)
  const stop = new AbortController()
  const ended = latest.run(stop.signal)
  return {
    ...{ clock, stream, intake, latest, written, caughtUp, errors },
    receive: (...ids: number[]) => ids.map((id) => intake.message(live(id), 'ws://venue')),
    reasons: () => intake.letters.map(({ value }) => (decodeLetter(value!) as { reason: string }).reason),
    async end() {
      stop.abort()
      await ended
    },
  }
}

const AT_TEN: LedgerState = { next: 10, gaps: [] }

for (const [where, state] of [
  ['a feed that goes on', AT_TEN],
  ['a feed that begins', { next: null, gaps: [] }],
] as const) {
  test(`an id that the venue does not know is a letter, and holds nothing up: ${where}`, async () => {
    const world = feedOver(state, { ids: [8, 9] })
    world.receive(9e15)
    assert.equal(world.latest.isDoubtful(BTC), true)
    await world.clock.advance(1_500)
    world.receive(10, 11)
    await world.end()
    assert.deepEqual(world.written, [10, 11])
    assert.deepEqual([world.stream.heldCount, world.stream.isBehind, world.stream.sent.gaps], [0, false, []])
    assert.deepEqual(world.reasons(), ['its trade id 9000000000000000 is far above the venue’s latest, 9'])
    assert.equal(world.latest.isDoubtful(BTC), false)
  })
}

test('an id of that kind in an answer is asked about too, and no gap is opened up to it', async () => {
  const world = feedOver(AT_TEN, { ids: [9] })
  const told: number[] = []
  assert.equal(
    world.intake.answer(Buffer.from(`[${past(10)},${past(9e15)}]`), BTC, 'historicalTrades', (id) => told.push(id)),
    2,
  )
  await world.clock.advance(1_500)
  await world.end()
  assert.deepEqual([world.written, told], [[10], [10]])
  assert.equal(world.reasons().length, 1)
})

test('a long way that the venue has come is believed once it says so, and is asked for', async () => {
  const venue: { ids: number[] | undefined } = { ids: undefined }
  const world = feedOver(AT_TEN, venue)
  world.receive(5_000_000)
  await world.clock.advance(20_000)
  assert.deepEqual([world.latest.isDoubtful(BTC), world.caughtUp], [true, []])
  venue.ids = [5_000_001]
  await world.clock.advance(60_000)
  world.receive(5_000_002)
  await world.end()
  assert.deepEqual([world.caughtUp, world.stream.heldCount, world.reasons()], [[10], 1, []])
})

test('ids that began anew are found, said once, and their trades are letters until they pass what is recorded', async () => {
  const venue = { ids: [1, 2] }
  const world = feedOver(AT_TEN, venue)
  world.receive(1, 2)
  world.latest.ask(BTC)
  await world.clock.advance(1_500)
  assert.equal(world.stream.isSetBack, true)
  world.receive(3)
  world.latest.ask(BTC)
  await world.clock.advance(1_500)
  assert.equal(world.errors.length, 1)
  assert.match(world.errors[0]!, /lower than those recorded/)
  assert.deepEqual(world.reasons(), ['its trade id 3 is below those that are recorded, and so is the venue’s latest'])
  world.receive(10)
  await world.end()
  assert.deepEqual([world.stream.isSetBack, world.written], [false, [10]])
})

test('repeats of a venue that has no newer trade are only repeats', async () => {
  const world = feedOver(AT_TEN, { ids: [8, 9] })
  world.receive(8, 9)
  world.latest.ask(BTC)
  await world.clock.advance(1_500)
  await world.end()
  assert.deepEqual([world.stream.isSetBack, world.errors, world.reasons()], [false, [], []])
})

test('a feed without a trade begins behind the venue’s latest, and at its first where there was none', async () => {
  const traded = feedOver({ next: null, gaps: [] }, { ids: [7, 8] })
  traded.latest.ask(BTC)
  await traded.clock.advance(1_500)
  await traded.end()
  assert.deepEqual([traded.stream.sent.next, traded.caughtUp], [9, [9]])
  const venue: { ids: number[] } = { ids: [] }
  const untraded = feedOver({ next: null, gaps: [] }, venue)
  untraded.latest.ask(BTC)
  await untraded.clock.advance(1_500)
  assert.equal(untraded.stream.sent.next, -1)
  venue.ids = [1, 2, 3]
  untraded.latest.ask(BTC)
  await untraded.clock.advance(1_500)
  await untraded.end()
  assert.deepEqual([untraded.stream.sent.next, untraded.caughtUp], [1, [1]])
})

test('an answer that is a moment behind the stream sets nothing back', async () => {
  const world = feedOver(AT_TEN, { ids: [7, 8] })
  world.receive(9e15)
  await world.clock.advance(1_500)
  await world.end()
  assert.deepEqual([world.stream.isSetBack, world.reasons().length], [false, 1])
})
