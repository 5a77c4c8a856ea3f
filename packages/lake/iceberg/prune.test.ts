import assert from 'node:assert/strict'
import { it } from 'node:test'
import { REFERENCE_DATA, TRADES } from '@k2/contracts/tables.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'
import type { Filter } from '../table.ts'
import { lowerBound } from './bounds.ts'
import { bucketOf } from './bucket.ts'
import { newTable } from './create.ts'
import type { ManifestFile } from './manifest-list.ts'
import { layoutOf, mayHold, mayMatch, octets, type PrunableFile, questionOf } from './prune.ts'

const DAY = 16_000
const noon = DAY * DAY_MICROS + DAY_MICROS / 2
const none = { lower: undefined, upper: undefined }
const texts = (lower: string, upper = lower) => ({
  lower: octets(Buffer.from(lower)),
  upper: octets(Buffer.from(upper)),
})

const file: PrunableFile = {
  path: '/a',
  format: 'PARQUET',
  sizeBytes: 1,
  rows: 1,
  day: DAY,
  bucket: bucketOf('BHP'),
  micros: { lower: noon, upper: noon + 10 },
  symbol: texts('BHP'),
  exchange: texts('ASX'),
  topic: texts('market.equities.t', 'market.equities.u'),
  partition: { lower: 2, upper: 4 },
  offset: { lower: 10n, upper: 20n },
}
const bounds = { micros: none, symbol: none, exchange: none, topic: none, partition: none, offset: none }
const unknown: PrunableFile = { ...file, day: undefined, bucket: undefined, ...bounds }
const logged = (partition: number, from: bigint, to: bigint, topic = 'market.equities.trades.asx') =>
  ({ offsets: [{ partition: `${topic}/${partition}`, from, to }] }) as const

// biome-ignore format: a table reads by its columns
const files: [name: string, filter: Filter, file: PrunableFile, stays: boolean][] = [
  ['no filter',                          {},                                          file,    true],
  ['its symbol',                         { symbols: ['CBA', 'BHP'] },                 file,    true],
  ['another symbol',                     { symbols: ['CBA'] },                        file,    false],
  ['no symbol at all',                   { symbols: [] },                             file,    false],
  ['its exchange',                       { exchanges: ['ASX'] },                      file,    true],
  ['another exchange',                   { exchanges: ['BINANCE'] },                  file,    false],
  ['from its last microsecond',          { fromMicros: noon + 10 },                   file,    true],
  ['from the one after',                 { fromMicros: noon + 11 },                   file,    false],
  ['to its first, which is not included',{ toMicros: noon },                          file,    false],
  ['to the one after',                   { toMicros: noon + 1 },                      file,    true],
  ['an empty range inside it',           { fromMicros: noon + 5, toMicros: noon + 5 },file,    false],
  ['another day, bounds unknown',        { fromMicros: noon + DAY_MICROS },           { ...file, micros: none }, false],
  ['until midnight of its day',          { toMicros: DAY * DAY_MICROS },              { ...file, micros: none }, false],
  ['up to its first offset, excluded',   logged(3, 0n, 10n),                          file,    false],
  ['up to the one after',                logged(3, 0n, 11n),                          file,    true],
  ['from its last offset',               logged(3, 20n, 30n),                         file,    true],
  ['from the one after',                 logged(3, 21n, 30n),                         file,    false],
  ['no offset at all',                   logged(3, 15n, 15n),                         file,    false],
  ['its last partition',                 logged(4, 0n, 99n),                          file,    true],
  ['another partition',                  logged(5, 0n, 99n),                          file,    false],
  ['another topic',                      logged(3, 0n, 99n, 'market.crypto.trades.binance'), file, false],
  ['offsets, nothing known: it stays',   logged(9, 0n, 1n),                           unknown, true],
  ['nothing known: it stays',            { symbols: ['CBA'], exchanges: ['X'], fromMicros: 5 }, unknown, true],
]

for (const [name, filter, given, stays] of files) {
  it(`a file: ${name}`, () => assert.equal(mayMatch(questionOf(filter, TRADES), given), stays))
}

const span = (lower: number, upper = lower) => ({
  containsNull: false,
  lower: lowerBound('int', lower),
  upper: lowerBound('int', upper),
})
const manifest = (spans: ManifestFile['spans']) => ({ spans }) as ManifestFile
const held = manifest([span(DAY, DAY + 2), span(4, 5)])

// biome-ignore format: a table reads by its columns
const manifests: [name: string, filter: Filter, manifest: ManifestFile, stays: boolean][] = [
  ['no filter',                {},                                      held,                                   true],
  ['a day inside',             { fromMicros: noon, toMicros: noon + 1 },held,                                   true],
  ['a day after',              { fromMicros: noon + 3 * DAY_MICROS },   held,                                   false],
  ['a day before',             { toMicros: DAY * DAY_MICROS },          held,                                   false],
  ['a bucket inside',          { symbols: ['BHP'] },                    held,                                   true],
  ['a bucket outside',         { symbols: ['BTCUSDT'] },                held,                                   false],
  ['spans not given',          { symbols: ['BTCUSDT'], toMicros: 5 },   manifest(undefined),                    true],
  ['bounds not given',         { symbols: ['BTCUSDT'], toMicros: 5 },   manifest([{ containsNull: true }, { containsNull: true }]), true],
]

const metadata = { ...newTable(TRADES, 'uuid', 0), location: '/lake' }

for (const [name, filter, given, stays] of manifests) {
  it(`a manifest: ${name}`, () =>
    assert.equal(mayHold(questionOf(filter, TRADES), given, layoutOf(metadata, 0, TRADES)), stays))
}

it('a spec of others prunes by what is known of it', () => {
  const fields = [
    { name: 'x', transform: 'identity', 'source-id': 4, 'field-id': 1005 },
    { name: 'd', transform: 'day', 'source-id': 6, 'field-id': 1006 },
    { name: 'b', transform: 'bucket[32]', 'source-id': 3, 'field-id': 1007 },
  ]
  const layout = layoutOf({ ...metadata, 'partition-specs': [{ 'spec-id': 7, fields }] }, 7, TRADES)
  assert.deepEqual(layout, { day: { fieldId: 1006, position: 1 } })
  assert.deepEqual(layoutOf(metadata, 9, TRADES), {})
})

it('a table without event time is not pruned by time', () => {
  assert.equal(mayMatch(questionOf({ fromMicros: 5, toMicros: 5 }, REFERENCE_DATA), unknown), true)
})
