import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@k2/service/clock.ts'
import { TradeStream } from './core/stream.ts'
import { type Subject, subjectOf } from './core/subject.ts'
import { Refill, type RefillParts } from './refill.ts'

const LIMITS = { graceMs: 200, patienceMs: 60_000, gapMs: 60_000 }
const [BTC, ETH] = ['BTCUSDT', 'ETHUSDT'].map((symbol, i) =>
  subjectOf('BINANCE', 'trade', { symbol, currency: 'USDT' }, i),
) as [Subject, Subject]

/** BTCUSDT has these gaps; no request brings a trade. `asked` is told each request, by symbol and first id. */
function refillOver(
  gaps: { from: number; to: number }[],
  asked: (request: string) => void = () => {},
  ethNext: number | null = 50_000,
) {
  const clock = manualClock()
  const requests: string[] = []
  const unbegun: string[] = []
  const streams = [BTC, ETH].map(
    ({ index }) => new TradeStream(index === 0 ? { next: 50_000, gaps } : { next: ethNext, gaps: [] }, 1_000_000),
  )
  const parts = {
    subjects: [BTC, ETH],
    streams,
    tradeKind: 'trade',
    clock,
    logger: { info() {}, error() {} },
    metrics: { requestsAnswered: { add() {} }, requestsFailed: { add() {} } },
    unbegun: ({ symbol }: Subject) => void unbegun.push(symbol),
    intake: { answer: () => 0, release: ({ index }: Subject) => void streams[index]!.release() },
    hasRoom: () => true,
    rest: {
      trouble: undefined,
      async ask(_: string, path: string) {
        const query = new URLSearchParams(path.split('?')[1])
        const request = `${query.get('symbol')} ${query.get('fromId')}`
        requests.push(request)
        asked(request)
        return { bytes: Buffer.of() }
      },
    },
  }
  const refill = new Refill(parts as unknown as RefillParts, LIMITS)
  const stop = new AbortController()
  const ended = refill.run(stop.signal)
  const end = async () => {
    stop.abort()
    await ended
  }
  return { refill, clock, requests, unbegun, streams, end }
}

test('a gap of many pages leaves a newer hole its turn', async () => {
  const world = refillOver([{ from: 0, to: 5_000 }], (request) => {
    if (request === 'BTCUSDT 1000') world.refill.catchUp(ETH)
  })
  await world.clock.advance(62_000)
  await world.end()
  const pages = ['BTCUSDT 0', 'BTCUSDT 1000', 'ETHUSDT 50000', 'BTCUSDT 2000', 'BTCUSDT 3000', 'BTCUSDT 4000']
  assert.deepEqual(world.requests, pages)
})

test('a new gap is asked for soon, also where an older one is asked for rarely by now', async () => {
  const world = refillOver([{ from: 0, to: 10 }])
  await world.clock.advance(1_210 * 60_000)
  const before = world.requests.length
  const stream = world.streams[0]!
  assert.equal(stream.offer(50_010), 'hold')
  stream.hold(50_010, Buffer.of(1))
  world.refill.behind(BTC)
  await world.clock.advance(3 * 60_000)
  await world.end()
  assert.ok(world.requests.length > before)
  assert.deepEqual(stream.sent.gaps, [
    { from: 0, to: 10 },
    { from: 50_000, to: 50_010 },
  ])
  assert.deepEqual(world.requests.slice(-2), ['BTCUSDT 0', 'BTCUSDT 50000'])
})

test('trades that were lost on their way are asked for at once', async () => {
  const world = refillOver([{ from: 0, to: 10 }])
  await world.clock.advance(1_000)
  for (const id of [40_000, 40_001, 40_003]) world.refill.lost(BTC, id)
  await world.clock.advance(2_000)
  await world.end()
  assert.deepEqual(world.streams[0]!.sent.gaps.slice(1), [
    { from: 40_000, to: 40_002 },
    { from: 40_003, to: 40_004 },
  ])
  assert.deepEqual(world.requests, ['BTCUSDT 0', 'BTCUSDT 40000', 'BTCUSDT 40003'])
})

test('a symbol without a trade that is asked about begins with what the venue has', async () => {
  const world = refillOver([], () => {}, null)
  const told: unknown[] = []
  world.refill.ask(ETH, (isSilent) => told.push(isSilent))
  await world.clock.advance(2_000)
  await world.end()
  assert.deepEqual([world.unbegun, told, world.requests], [['ETHUSDT'], [false], []])
})
