/** The local store follows the log: the higher offset counts, a late write is put right, and a new start knows as much. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { type Position, type SequenceEvent, streamKey } from '@k2/contracts/records/sequence.ts'
import { SEQUENCE_POSITIONS, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log } from '@k2/log/log.ts'
import { Ledger } from './ledger.ts'

const NAME = { exchange: 'BINANCE', symbol: 'BTC/USDT', session: '' }
const PLACE = { topic: 'market.crypto.trades.binance', partition: 3 }

const position = (offset: bigint, last: bigint): Position => ({
  ...{ ...NAME, ...PLACE, offset, resets: 0, resetMicros: null, first: 1n, firstMicros: 1, last },
  ...{ lastMicros: 2, latestMicros: 2, knownFrom: null, gaps: [] },
})

const gap = (untilOffset: bigint, status: SequenceEvent['status']): SequenceEvent => ({
  ...{ ...NAME, ...PLACE, kind: 'gap', resets: 0, from: 5n, to: 6n, offset: 4n, micros: 1, untilOffset },
  ...{ expected: null, status, open: [], fills: [], fillsMore: 0 },
})

const WANTED = { symbols: [], after: '', limit: 10 }

type Work = (open: () => Ledger, latest: () => Promise<number>, log: Log) => Promise<void>

async function inLedgers(work: Work): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-ledger-'))
  const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
  await log.createTopics(TOPICS)
  const ledgers: Ledger[] = []
  const open = () => {
    const ledger = new Ledger(log, log.registry(incompatibility), join(folder, `${ledgers.length}`, 'store.sqlite'))
    ledgers.push(ledger)
    return ledger
  }
  const records = async () => {
    const ranges = await log.ranges([SEQUENCE_POSITIONS])
    return Number(ranges.reduce((sum, { from, to }) => sum + to - from, 0n))
  }
  try {
    await work(open, records, log)
  } finally {
    for (const { view } of ledgers) view.close()
    await log.close()
    await rm(folder, { recursive: true })
  }
}

test('what is kept is known to all, and to one that starts anew', () =>
  inLedgers(async (open) => {
    const [ours, theirs] = [open(), open()]
    await ours.keep([position(10n, 9n)])
    await ours.tell([gap(10n, 'open')])
    assert.equal(theirs.view.restore(streamKey(NAME)), undefined)
    for (const ledger of [ours, theirs, open()]) {
      await ledger.catchUp()
      assert.deepEqual(ledger.view.restore(streamKey(NAME)), position(10n, 9n))
      assert.deepEqual(
        ledger.view.positions(WANTED).map(({ value }) => value.last),
        [9n],
      )
      assert.deepEqual(
        ledger.view.events(WANTED, ['gap'], ['open']).map(({ value }) => value.from),
        [5n],
      )
      assert.equal(ledger.view.stored, 1)
    }
  }))

test('a position that comes late does not count, and is put right for whoever starts after compaction', () =>
  inLedgers(async (open, records) => {
    const [owner, sleeper] = [open(), open()]
    await owner.keep([position(20n, 19n)])
    await sleeper.keep([position(10n, 9n)])
    await owner.tell([gap(20n, 'filled')])
    await sleeper.tell([gap(10n, 'open')])
    await owner.catchUp()
    assert.equal(owner.view.restore(streamKey(NAME))?.last, 19n)
    assert.equal(owner.view.events(WANTED, ['gap'], [])[0]?.value.status, 'filled')
    assert.equal(await records(), 2)
    await owner.keep([])
    assert.equal(await records(), 3)
    await owner.keep([])
    assert.equal(await records(), 3, 'once')
    const fresh = open()
    await fresh.catchUp()
    assert.equal(fresh.view.restore(streamKey(NAME))?.last, 19n)
    assert.equal(fresh.view.events(WANTED, ['gap'], [])[0]?.value.status, 'filled')
  }))

test('what came late is put right, though the log was away when it should have been', () =>
  inLedgers(async (open, records, log) => {
    const [owner, sleeper] = [open(), open()]
    await owner.keep([position(20n, 19n)])
    await sleeper.keep([position(10n, 9n)])
    await owner.catchUp()
    const { append } = log
    log.append = async () => {
      throw new Error('away')
    }
    await assert.rejects(owner.keep([]), /away/)
    log.append = append
    await owner.keep([])
    assert.equal(await records(), 3)
  }))

test('positions beyond the end of their partition are forgotten', () =>
  inLedgers(async (open) => {
    const ledger = open()
    await ledger.keep([position(10n, 9n)])
    await ledger.catchUp()
    assert.equal(ledger.view.dropBeyond(PLACE.topic, PLACE.partition, 11n), 0)
    assert.equal(ledger.view.dropBeyond(PLACE.topic, PLACE.partition, 10n), 1)
    assert.equal(ledger.view.restore(streamKey(NAME)), undefined)
    assert.equal(ledger.view.stored, 0)
  }))
