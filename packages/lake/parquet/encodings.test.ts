/** What is written by each encoding, at the edges of its blocks, runs and widths, read back by DuckDB. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { after, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { ColumnData } from '@k2/contracts/columns.ts'
import type { ColumnType, TableSpec } from '@k2/contracts/tables.ts'
import { below, seed } from '../duckdb/random.fixture.ts'
import { batchOf, EVERY_TYPE, opened, type Row, rowsOf, type Value } from '../duckdb/rows.fixture.ts'
import { LAYOUT } from './chunk.ts'
import { writeDataFiles } from './write.ts'

const { folder, engine, end } = await opened()
after(end)

let files = 0

/** Writes one file of the column beside a symbol, in the order given; answers its encodings and its values. */
async function through(type: ColumnType, values: readonly Value[], layout = LAYOUT, isDictionary = false) {
  const spec: TableSpec = {
    ...EVERY_TYPE,
    dayOf: null,
    sortedBy: ['symbol'],
    columns: [
      { id: 1, name: 'symbol', type: 'string', required: true, doc: '' },
      { id: 2, name: 'value', type, required: false, doc: '', ...(type === 'list<string>' && { elementId: 1000 }) },
    ],
  }
  const rows = values.map((value): Row => ({ symbol: 'A', value }))
  const batch = batchOf(spec, rows, isDictionary)
  const [file] = writeDataFiles(spec, [batch], { folder, name: `f${++files}`, bucketOf: () => 0, layout })
  const name = path.join(folder, file!.path)
  const back = await engine.query('SELECT value FROM read_parquet(?) ORDER BY file_row_number', [name])
  const meta = await engine.query(
    `SELECT encodings, compression FROM parquet_metadata(?) WHERE path_in_schema LIKE 'value%'`,
    [name],
  )
  return {
    name,
    values: rowsOf(back).map((row) => row.value!),
    ...(rowsOf(meta)[0] as { encodings: string; compression: string }),
  }
}

const LENGTHS = [1, 2, 7, 8, 9, 31, 32, 33, 34, 127, 128, 129, 130, 160, 161, 257, 1000]
const times = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i))

test('differences come back at every edge of a block', async () => {
  for (const length of LENGTHS) {
    const values = times(length, (i) => BigInt(i * i) * (i % 3 === 0 ? -1n : 1n))
    const back = await through('long', values)
    assert.deepEqual(back.values, values, `${length} values`)
    assert.match(back.encodings, /DELTA_BINARY_PACKED/)
  }
})

test(`differences of every width in bits come back (seed ${seed})`, async () => {
  for (let bits = 0; bits <= 51; bits++) {
    const values = times(200, () => BigInt(Math.floor((below(2 ** 31) / 2 ** 31) * 2 ** bits)) * (below(2) ? 1n : -1n))
    assert.deepEqual((await through('long', values)).values, values, `${bits} bits`)
  }
})

// biome-ignore format: a table reads by its columns
const numbers: [name: string, type: ColumnType, values: Value[], encoding: RegExp][] = [
  ['the farthest that differences are exact for', 'long',        [-(2n ** 51n), 2n ** 51n - 1n, 0n, -(2n ** 51n)],  /DELTA_BINARY_PACKED/],
  ['one further',                                'long',         [-(2n ** 51n), 2n ** 51n, 0n],                     /PLAIN/],
  ['the ends of 64 bits',                        'long',         [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n],           /PLAIN/],
  ['ints whose differences are ints',            'int',          [-(2 ** 30), 2 ** 30, 0, 2 ** 30],                 /DELTA_BINARY_PACKED/],
  ['ints one further',                           'int',          [-(2 ** 30) - 1, 2 ** 30, 0],                      /PLAIN/],
  ['the ends of 32 bits',                        'int',          [-(2 ** 31), 2 ** 31 - 1, null, 0],                /PLAIN/],
  ['times before 1970',                          'timestamptz',  [-1n, 0n, -62135596800000000n, 1n],                /PLAIN/],
  ['decimals that come back',                    'decimal(18, 8)', times(100, (i) => BigInt(i % 7) * 10n ** 17n),  /RLE_DICTIONARY/],
  ['decimals that differ',                       'decimal(18, 8)', times(100, (i) => BigInt(i * i)),               /DELTA_BINARY_PACKED/],
  ['decimals that differ, and are large',        'decimal(18, 8)', times(100, (i) => 10n ** 17n + BigInt(i)),      /PLAIN/],
  ['the ends of decimals',                       'decimal(18, 8)', [10n ** 18n - 1n, 1n - 10n ** 18n, null],       /RLE_DICTIONARY/],
  ['truths and nulls',                           'boolean',      times(100, (i) => [true, false, null][i % 3]!),    /PLAIN/],
  ['nothing but nulls',                          'long',         times(100, () => null),                            /PLAIN/],
]
for (const [name, type, values, encoding] of numbers) {
  test(`numbers come back: ${name}`, async () => {
    const back = await through(type, values)
    assert.deepEqual(back.values, values)
    assert.match(back.encodings, encoding)
  })
}

test('indices of every width, in runs and between them, come back', async () => {
  for (const different of [1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 4097]) {
    for (const length of [1, 8, 9, 100, 10_001]) {
      const values = times(length, (i) => BigInt((i % 50 < 40 ? Math.floor(i / 50) : i) % different))
      assert.deepEqual((await through('decimal(18, 8)', values)).values, values, `${different} in ${length}`)
    }
  }
})

const LONG = 'é€𝄞x'.repeat(100_000)
// biome-ignore format: a table reads by its columns
const texts: [name: string, values: Value[], encoding: RegExp][] = [
  ['few different',                  times(100, (i) => `text ${i % 5}`),                                        /RLE_DICTIONARY/],
  ['all different, alike in front',  times(1000, (i) => `20140310-${i}`),                                       /DELTA_BYTE_ARRAY/],
  ['all different, of all lengths',  times(300, (i) => `${i}`.repeat(i)),                                       /DELTA_BYTE_ARRAY/],
  ['a dictionary that bursts',       times(5000, (i) => (i < 2499 ? 'same' : `${i * 7919}`)),                   /^(?!.*RLE_DICTIONARY).*DELTA_BYTE_ARRAY/],
  ['as many as a dictionary takes',  times(5000, (i) => `${i % 2500}`),                                         /RLE_DICTIONARY/],
  ['empty ones and nulls',           times(100, (i) => ['', null, 'a', 'ab'][i % 4]!),                          /RLE_DICTIONARY/],
  ['a megabyte each, all nearly',    times(5, (i) => `${LONG}${i}`),                                            /RLE_DICTIONARY/],
  ['a megabyte each, many rows',     times(40, (i) => `${i}${LONG}`),                                  /DELTA_BYTE_ARRAY/],
]
for (const [name, values, encoding] of texts) {
  test(`texts come back: ${name}`, async () => {
    for (const isDelta of [true, false]) {
      const isDictionary = encoding.source.includes('DICTIONARY')
      const back = await through('string', values, { ...LAYOUT, isDelta }, isDictionary)
      assert.ok(isDeepStrictEqual(back.values, values), 'they are as they were')
      if (isDelta) assert.match(back.encodings, encoding)
      else assert.doesNotMatch(back.encodings, /DELTA/)
    }
  })
}

// biome-ignore format: a table reads by its columns
const lists: [name: string, values: Value[]][] = [
  ['null, empty, one and many',     [null, [], ['a'], ['a', 'b', ''], [], null]],
  ['nothing but empty ones',        times(1000, () => [])],
  ['nothing but nulls',             times(1000, () => null)],
  ['a thousand in one',             [times(1000, (i) => `${i % 30}`), [], times(1000, (i) => `${i}`)]],
  ['all different',                 times(1000, (i) => [`${i * 7919}`])],
]
for (const [name, values] of lists) {
  test(`lists come back: ${name}`, async () => {
    assert.deepEqual((await through('list<string>', values)).values, values)
  })
}

test('a lone surrogate becomes a replacement character', async () => {
  assert.deepEqual((await through('string', ['a\ud800b', 'ok'])).values, ['a\ufffdb', 'ok'])
})

test('what is small is not compressed, what repeats is', async () => {
  assert.equal((await through('string', ['a'])).compression, 'UNCOMPRESSED')
  assert.equal(
    (
      await through(
        'string',
        times(1000, (i) => `text ${i}`),
      )
    ).compression,
    'ZSTD',
  )
})

test('a writer used for large values and small ones, in turn, mixes nothing up', async () => {
  const values = times(60, (i) => (i % 2 === 0 ? `${i}`.repeat(200_000) : `${i}`))
  assert.deepEqual((await through('string', values)).values, values)
  assert.deepEqual((await through('string', ['x', 'y'])).values, ['x', 'y'])
})

test('texts that come as bytes are written as they stand, and no array of the batch is written to', async () => {
  const values = ['one', null, '', 'four', 'four and more']
  const bytes = Buffer.from('-onefourfour and more-')
  const slices = { bytes, starts: Int32Array.of(1, 0, 4, 4, 8), ends: Int32Array.of(4, -1, 4, 8, 21) }
  const before = structuredClone(slices)
  const spec: TableSpec = { ...EVERY_TYPE, dayOf: null, sortedBy: ['symbol'], columns: TEXTS }
  const write = async (text: ColumnData) => {
    const symbol: ColumnData = { kind: 'dictionary', codes: new Int32Array(5), dictionary: ['A'] }
    const columns = new Map([
      ['symbol', symbol],
      ['text', text],
    ])
    const [file] = writeDataFiles(spec, [{ rows: 5, columns }], { folder, name: `s${++files}`, bucketOf: () => 0 })
    const back = await engine.query('SELECT text FROM read_parquet(?)', [path.join(folder, file!.path)])
    return rowsOf(back).map((row) => row.text!)
  }
  const asBytes: ColumnData = {
    kind: 'text',
    get values(): never {
      throw new Error('nobody asked')
    },
    slices,
  }
  assert.deepEqual(await write(asBytes), values)
  assert.deepEqual(await write({ kind: 'text', values: ['a', 'b', 'c', 'd', null] }), ['a', 'b', 'c', 'd', null])
  assert.deepEqual(await write(asBytes), values)
  assert.deepEqual(slices, { ...before, bytes })
})

const TEXTS = EVERY_TYPE.columns.filter(({ name }) => name === 'symbol' || name === 'text')
