import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogBatch, Slices } from '@k2/log/log.ts'
import { policyAt } from '@k2/shedding/policy.ts'
import { DEFAULT_TIERS, PRESETS } from '@k2/shedding/priority.ts'
import { behind } from './batch.ts'
import { passedOf, sieveOf, siftBatch } from './sift.ts'
import type { StageBatch } from './stage.ts'

function slices(texts: readonly (string | null)[]): Slices {
  const bytes = Buffer.from(texts.join(''))
  const starts = new Int32Array(texts.length)
  const ends = new Int32Array(texts.length)
  let at = 0
  for (const [i, text] of texts.entries()) {
    starts[i] = text === null ? 0 : at
    at += text?.length ?? 0
    ends[i] = text === null ? -1 : at
  }
  return { bytes, starts, ends }
}

/** Offsets 10, 12, 14 …, each value its key in lower case. */
function batch(keys: readonly (string | null)[], topic = 'market.equities.trades.asx'): LogBatch {
  return {
    ...{ topic, partition: 3, from: 10n, to: 10n + 2n * BigInt(keys.length), count: keys.length },
    offsetDeltas: Int32Array.from(keys, (_, i) => 2 * i),
    timesMs: Float64Array.from(keys, (_, i) => i),
    keys: slices(keys),
    values: slices(keys.map((key) => key?.toLowerCase() ?? null)),
  }
}

function textsOf({ values: { bytes, starts, ends } }: StageBatch): (string | null)[] {
  return Array.from(ends, (end, i) => (end < 0 ? null : Buffer.from(bytes.subarray(starts[i]!, end)).toString()))
}

const sieveAt = (level: 0 | 1 | 2 | 3 | 4) =>
  sieveOf(policyAt({ tiers: DEFAULT_TIERS, lines: PRESETS.standard }, level))
const KEYS = ['BHP', 'KTA', 'QAN', null, 'KTA', 'BHP']

// biome-ignore format: a table reads by its columns
const rows: [name: string, level: 0 | 1 | 2 | 3 | 4, keys: (string | null)[], kept: (string | null)[], passed: [bigint, bigint, number] | undefined][] = [
  ['GRACEFUL keeps all trades',                 2, KEYS,           ['bhp', 'kta', 'qan', null, 'kta', 'bhp'], undefined],
  ['AGGRESSIVE keeps tiers 1 and 2',            3, KEYS,           ['bhp', 'qan', 'bhp'],                     [12n, 19n, 3]],
  ['CIRCUIT_BREAK keeps tier 1',                4, KEYS,           ['bhp', 'bhp'],                            [12n, 19n, 4]],
  ['nothing is kept',                           4, ['KTA', 'XYZ'], [],                                        [10n, 13n, 2]],
  ['one is passed over',                        4, ['BHP', 'KTA'], ['bhp'],                                   [12n, 13n, 1]],
  ['all are kept',                              4, ['BHP', 'RIO'], ['bhp', 'rio'],                            undefined],
  ['a batch without records',                   4, [],             [],                                        undefined],
]
for (const [name, level, keys, kept, passed] of rows) {
  test(name, () => {
    const sieve = sieveAt(level)
    const sifted = siftBatch(batch(keys), sieve)
    assert.deepEqual(textsOf(sifted), kept)
    assert.deepEqual(sifted.passed && [sifted.passed.from, sifted.passed.to, sifted.passed.records], passed)
    assert.deepEqual([sifted.from, sifted.to], [10n, 10n + 2n * BigInt(keys.length)])
    const again = passedOf(batch(keys), sieve)
    assert.equal(again.count + sifted.count, keys.length, 'the two are all of it')
    assert.equal(new Set([...again.offsetDeltas, ...sifted.offsetDeltas]).size, keys.length)
  })
}

test('reference data goes first, whatever its symbol', () => {
  const sifted = siftBatch(batch(['BHP', 'KTA'], 'market.equities.reference.asx'), sieveAt(2))
  assert.equal(sifted.count, 0)
})

test('what is kept shares no buffer with the batch', () => {
  const given = batch(KEYS)
  const sifted = siftBatch(given, sieveAt(3))
  given.values.bytes.fill(0)
  assert.deepEqual(textsOf(sifted), ['bhp', 'qan', 'bhp'])
})

test('keys of one hash are told apart', () => {
  // Many keys in one sieve: each verdict must be its own, also where it takes the place of another.
  const keys = Array.from({ length: 3_000 }, (_, i) => (i % 3 === 0 ? 'BHP' : `K${i.toString(36).toUpperCase()}`))
  const sifted = siftBatch(batch(keys), sieveAt(4))
  assert.equal(sifted.count, 1_000)
})

test('where repeats are judged, what has no id is kept, and the ids of all are', () => {
  const has = Uint8Array.of(1, 0, 1, 1, 1, 0)
  const ids = { words: new Uint32Array(4 * KEYS.length), has }
  const sifted = siftBatch(batch(KEYS), sieveAt(3), ids)
  assert.deepEqual(textsOf(sifted), ['bhp', 'kta', 'qan', 'bhp'])
  assert.deepEqual([sifted.passed!.from, sifted.passed!.to, sifted.passed!.except], [12n, 19n, [12n]])
  assert.deepEqual([...sifted.seen!.offsetDeltas], [0, 2, 4, 6, 8, 10])
  const rest = behind(sifted, 14n)!
  assert.deepEqual([rest.from, rest.passed!.from, rest.passed!.except], [14n, 14n, []])
  assert.deepEqual([...rest.seen!.offsetDeltas], [0, 2, 4, 6])
  assert.deepEqual([rest.seen!.ids.words.length, ...rest.seen!.ids.has], [16, 1, 1, 1, 0])
})
