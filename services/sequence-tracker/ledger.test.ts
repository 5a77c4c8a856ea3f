/** The local store follows the log: the higher offset counts, a late write is put right, and a new start knows as much. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { type Position, type SequenceEvent, streamKey } from '@k2/contracts/records/sequence.ts'
import { SEQUENCE_POSITIONS, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log } from '@k2/log/log.ts'
import { strangersIn } from './history.ts'
import { Ledger } from './ledger.ts'

const NAME = { exchange: 'BINANCE', symbol: 'BTC/USDT', session: '' }
const PLACE = { topic: 'market.crypto.trades.binance', partition: 3 }

const position = (offset: bigint, last: bigint): Position => ({
  ...{ ...NAME, ...PLACE, offset, recordMs: 1, resets: 0, resetMicros: null, first: 1n, firstMicros: 1, last },
  ...{ lastMicros: 2, latestMicros: 2, knownFrom: null, gaps: [] },
})

const gap = (untilOffset: bigint, status: SequenceEvent['status']): SequenceEvent => ({
  ...{ ...NAME, ...PLACE, kind: 'gap', resets: 0, from: 5n, to: 6n, offset: 4n, micros: 1, untilOffset },
  ...{ expected: null, status, open: [], fills: [], fillsMore: 0 },
})

const NONE = { bytes: new Uint8Array(0), starts: Int32Array.of(0), ends: Int32Array.of(0) }
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

// biome-ignore format: a table reads by its columns
const HISTORIES: readonly [what: string, at: bigint, recordMs: number | null, to: bigint, isOurs: boolean][] = [
  ['the record that it stands for is there', 2n, 1_002, 9n, true],
  ['another one is there',                   2n, 1_001, 9n, false],
  ['the topic ends in front of it',          2n, 1_002, 2n, false],
  ['the topic ends with it',                 2n, 1_002, 3n, true],
  ['retention has taken it',                 0n, 7,     9n, true],
  ['it was written before there was a time', 2n, null,  9n, true],
]
for (const [what, at, recordMs, to, isOurs] of HISTORIES) {
  test(`a position of this log: ${what}`, () =>
    inLedgers(async (open, _, log) => {
      const ledger = open()
      await ledger.keep([{ ...position(at, 9n), recordMs }])
      await ledger.catchUp()
      // The record at offset n has the time 1000 + n.
      log.readRange = async function* (range) {
        const timesMs = Float64Array.of(1_000 + Number(range.from))
        yield { ...range, count: 1, offsetDeltas: Int32Array.of(0), timesMs, keys: NONE, values: NONE }
      }
      const strangers = await strangersIn(log, ledger.view, { ...PLACE, from: 1n, to })
      assert.deepEqual(strangers, isOurs ? [] : [streamKey(NAME)])
    }))
}

test('streams that are forgotten are so for all, with what was told of them, and may stand lower then', () =>
  inLedgers(async (open) => {
    const [ours, theirs] = [open(), open()]
    await ours.keep([position(20n, 19n)])
    await ours.tell([gap(20n, 'filled')])
    for (const one of [ours, theirs]) await one.catchUp()
    await ours.forget([streamKey(NAME)])
    await ours.keep([position(3n, 2n)])
    await ours.tell([gap(3n, 'open')])
    for (const one of [ours, theirs, open()]) {
      await one.catchUp()
      assert.equal(one.view.restore(streamKey(NAME))?.last, 2n)
      assert.equal(one.view.events(WANTED, ['gap'], [])[0]?.value.status, 'open')
      assert.equal(one.view.stored, 1)
    }
  }))

test('topics that are made anew get back what the store has of them', () =>
  inLedgers(async (open, records, log) => {
    const other = { ...position(5n, 4n), symbol: 'ETH/USDT' }
    const ledger = open()
    for (const positions of [[position(10n, 9n), other], [position(20n, 19n)]]) await ledger.keep(positions)
    await ledger.tell([gap(20n, 'filled')])
    await ledger.catchUp()
    await inLedgers(async (_open, _records, anew) => {
      for (const name of ['append', 'ranges', 'readRange'] as const) log[name] = anew[name].bind(anew) as never
      await ledger.keep([position(30n, 29n)])
      await ledger.catchUp()
      await ledger.keep([])
      const fresh = open()
      await fresh.catchUp()
      assert.equal(fresh.view.restore(streamKey(NAME))?.last, 29n)
      assert.equal(fresh.view.restore(streamKey(other))?.last, 4n)
      assert.equal(fresh.view.events(WANTED, ['gap'], [])[0]?.value.status, 'filled')
      const before = await records()
      await ledger.catchUp()
      await ledger.keep([])
      assert.equal(await records(), before, 'once')
    })
  }))

test('what fails half way leaves nothing', () =>
  inLedgers(async (open) => {
    const ledger = open()
    await ledger.keep([position(10n, 9n)])
    await ledger.catchUp()
    const { view } = ledger
    const value = view.kept('positions', streamKey(NAME))!
    // More than SQLite keeps in memory.
    const keys = Array.from({ length: 8_000 }, (_, i) => `${i}`.padEnd(400, 'k'))
    const work = () => {
      for (const key of keys) view.position(key, value)
      throw new Error('half way')
    }
    assert.throws(() => view.together(work), /half way/)
    assert.deepEqual(view.keysIn('positions'), [streamKey(NAME)])
    assert.equal(view.stored, 1)
  }))

test('a file that is damaged is said to be, and made again', () =>
  inLedgers(async (open) => {
    const ledger = open()
    const all = Array.from({ length: 8_000 }, (_, i) => ({ ...position(10n, 9n), symbol: `S${i}`.padEnd(200, 's') }))
    await ledger.keep(all)
    await ledger.catchUp()
    const { size } = await stat(ledger.view.path)
    await writeFile(ledger.view.path, Buffer.alloc(size, 0x5a))
    const restored = () => all.filter((one) => ledger.view.restore(streamKey(one)) !== undefined).length
    assert.throws(restored, { code: 'LOG_UNAVAILABLE', message: /is damaged, and made again from the log/ })
    await ledger.catchUp()
    assert.equal(restored(), all.length)
    assert.equal(ledger.view.stored, all.length)
  }))
