/** What the ledger of gaps tells in streams: a replay at its end, a follow in its messages; at each door. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tracker } from '@k2/query-service/ledger.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { inFolder } from '../worlds/folder.ts'
import { overGrpc, overSocket } from '../worlds/following.ts'
import { append } from '../worlds/tracking.ts'

const NOON = Date.parse('2014-03-10T02:00:00Z') * 1000
const TRADES = [1, 2, 4]
const AWAIT_MS = 30_000
const START = '2014-01-01T00:00:00Z'

/** Has judged so many of each partition, and misses the third. */
function trackerOf(judged: () => bigint): Tracker {
  const offsets = () =>
    Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`market.crypto.trades.binance/${i}`, String(judged())]))
  const times = { afterTimestampMicros: String(NOON + 2), beforeTimestampMicros: String(NOON + 4) }
  const gap = {
    ...{ symbol: 'KTA', exchange: 'BINANCE', date: '' },
    open: [{ fromSequence: '3', toSequence: '3', ...times }],
  }
  return {
    address: 'the tracker',
    gaps: async () => ({ gaps: [gap], meta: { offsets: offsets(), complete: true, nextCursor: '' } }),
    coverage: async () => assert.fail('is not asked'),
    close() {},
  } as unknown as Tracker
}

/** Of an answer's end: missing ranges, and why it is not complete. */
type End = readonly [ranges: number, reasons: readonly string[]]

async function overLines({ url }: Asking, table: string): Promise<End | undefined> {
  const answer = await fetch(`${url}/v1/replay`, {
    method: 'POST',
    body: JSON.stringify({ table }),
    headers: JSON_TYPE,
  })
  const { meta } = JSON.parse((await answer.text()).trim().split('\n').at(-1)!)
  assert.equal(meta.complete, meta.reasons.length === 0)
  return meta.ledger && [meta.ledger.ranges, meta.reasons]
}
const JSON_TYPE = { 'content-type': 'application/json' }

async function overReplay({ rpc }: Asking, table: string): Promise<End | undefined> {
  let end: End | undefined
  for await (const { meta } of rpc.stream('Replay', { table }, { signal: AbortSignal.timeout(AWAIT_MS) }))
    end = meta?.ledger ? [meta.ledger.ranges, meta.reasons] : undefined
  return end
}

/** The reasons of the message that has the last record. */
async function reasonsOf(open: typeof overGrpc, world: Asking): Promise<readonly string[]> {
  let taken = 0
  for await (const { ids, reasons } of open(world, { start_time: START }, AbortSignal.timeout(AWAIT_MS))) {
    taken += ids.length
    if (taken >= TRADES.length) return reasons
  }
  return assert.fail('it ended')
}

for (const [name, judged, reasons] of [
  ['that has judged all', 9n, []],
  ['that lacks the last record', 2n, ['LEDGER_BEHIND']],
] as const)
  test(`streams with a ledger ${name}`, { timeout: 60_000 }, () =>
    inFolder((data) =>
      asking(
        data,
        { rows: 100_000, ageMs: 3_600_000 },
        async (world) => {
          const trade = (number: number) => {
            const timestampMicros = NOON + number
            return { symbol: 'KTA', exchange: 'BINANCE', timestampMicros, sourceSequence: BigInt(number) }
          }
          await append(world.log, world.registry, TRADES.map(trade))
          for (const replay of [overLines, overReplay]) {
            assert.deepEqual(await replay(world, 'trades'), [1, reasons], replay.name)
            assert.equal(await replay(world, 'quotes'), undefined, `${replay.name}: quotes are not numbered`)
          }
          for (const follow of [overSocket, overGrpc])
            assert.deepEqual(await reasonsOf(follow, world), reasons, follow.name)
        },
        { trackers: [trackerOf(() => judged)] },
      ),
    ),
  )
