/** What a fleet shares, beside its log: who is behind hears of it, and what was lost is there again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Position, streamKey } from '@k2/contracts/records/sequence.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { memoryStore } from '@k2/shared-store/memory.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { Overtaken, SharedPositions, sharedKey } from './shared.ts'

const PLACE = { topic: 'market.crypto.trades.binance', partition: 3 }
const ELSEWHERE = { ...PLACE, partition: 4 }

const position = (symbol: string, offset: bigint): Position => ({
  ...{ exchange: 'BINANCE', symbol, session: '', ...PLACE, offset, recordMs: 1, resets: 0, resetMicros: null },
  ...{ first: 1n, firstMicros: 1, last: offset, lastMicros: 2, latestMicros: 2, knownFrom: null, gaps: [] },
})

const rowOf = (value: Position) => ({ key: streamKey(value), value })

function world(stored: readonly Position[] = []) {
  const memory = memoryStore()
  const lost = { isAway: false }
  const store = new Proxy(memory, {
    get: (target, name: keyof SharedStore) =>
      lost.isAway && name !== 'close'
        ? () => Promise.reject(new K2Error('STORE_UNAVAILABLE', 'It is away.'))
        : target[name],
  })
  const view = { positions: () => stored.map(rowOf) }
  // It waits for nothing.
  const clock = { ...realClock, sleep: () => realClock.sleep(1) }
  const shared = new SharedPositions({ store, view, clock, logger: silentLogger })
  const offsets = async (...symbols: string[]) => {
    const known = await memory.positions(symbols.map((symbol) => sharedKey(streamKey(position(symbol, 0n)))))
    return known.map((one) => one?.offset)
  }
  return { shared, lost, memory, offsets }
}

async function mended(shared: SharedPositions): Promise<void> {
  while (shared.trouble() !== undefined) await realClock.sleep(1)
}

// biome-ignore format: a table reads by its columns
const MEETINGS: readonly [what: string, theirs: bigint, ours: bigint, isOurs: boolean, stays: bigint | undefined][] = [
  ['we are further',                      5n, 6n, true,  6n],
  ['nobody is',                           6n, 6n, true,  6n],
  ['another is: it is forgotten, and heard of', 7n, 6n, true, undefined],
  ['another is, of what is not ours',     7n, 6n, false, 7n],
]
for (const [what, theirs, ours, isOurs, stays] of MEETINGS) {
  test(`two trackers of one stream, ${what}`, async () => {
    const { shared, offsets } = world()
    await shared.compare([position('A', theirs)], [PLACE])
    const work = () => shared.compare([position('B', 1n), position('A', ours)], [isOurs ? PLACE : ELSEWHERE])
    if (stays === undefined) await assert.rejects(work, (error) => error instanceof Overtaken && error.streams === 1)
    else await work()
    assert.deepEqual(await offsets('A', 'B'), [stays, 1n])
  })
}

test('a store with nothing in it is filled with what the log has, once', async () => {
  const { shared, offsets, memory } = world([position('A', 4n), position('B', 9n)])
  await shared.compare([position('A', 6n)], [PLACE])
  await mended(shared)
  assert.deepEqual(await offsets('A', 'B'), [6n, 9n])
  await memory.drop([sharedKey(streamKey(position('B', 0n)))])
  await shared.compare([position('A', 7n)], [PLACE])
  await mended(shared)
  assert.deepEqual(await offsets('A', 'B'), [7n, undefined])
})

test('away, nobody is held up; back, it has what it missed and forgets what is no more', async () => {
  const { shared, lost, offsets } = world([position('A', 8n)])
  await shared.compare([position('A', 1n), position('GONE', 1n)], [PLACE])
  await mended(shared)
  lost.isAway = true
  await shared.compare([position('A', 8n)], [PLACE])
  assert.match(shared.trouble()!, /It is away/)
  await shared.drop([streamKey(position('GONE', 0n))])
  lost.isAway = false
  await mended(shared)
  assert.deepEqual(await offsets('A', 'GONE'), [8n, undefined])
  await shared.close()
})

test('what is no fault of the store is not taken for one', async () => {
  const { shared, memory } = world()
  memory.advance = async () => {
    throw new TypeError('ours')
  }
  await assert.rejects(() => shared.compare([position('A', 1n)], [PLACE]), /ours/)
})
