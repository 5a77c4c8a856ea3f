import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { rewriteDataFile } from '../../duckdb/parquet.ts'
import { anyRow, below, seed } from '../../duckdb/random.fixture.ts'
import { scanSql } from '../../duckdb/read.ts'
import type { Result } from '../../duckdb/result.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row, rowsOf } from '../../duckdb/rows.fixture.ts'
import { type Writing, writeDataFiles } from '../write.ts'
import { readOwn } from './read.ts'

const { folder, engine, end } = await opened()
after(end)

const DAY: Row = { at: 1_394_398_634_754_321n }
let calls = 0

/** Files of one bucket, a call of the writer each; the day is one of the rows'. */
function filesOf(pieces: readonly ColumnBatch[], more: Partial<Writing> = {}): string[] {
  const to = { folder: join(folder, `w${++calls}`), bucketOf: () => 0, ...more }
  return pieces.flatMap((piece, i) =>
    writeDataFiles(EVERY_TYPE, [piece], { name: `part-${i}`, ...to }).map(({ path }) => join(to.folder, path)),
  )
}

const rowsIn = async (files: readonly string[]): Promise<Row[]> => {
  const pieces: Row[] = []
  for (const file of files) pieces.push(...rowsOf(await engine.query(`SELECT * FROM ${scanSql(EVERY_TYPE, [file])}`)))
  return pieces
}

/** As DuckDB reads them. */
function rowsOfBatch({ rows, columns }: ColumnBatch): Row[] {
  const plain = [...columns].map(([name, data]) => {
    if (data.kind === 'dictionary') return [name, { kind: 'text', values: textsOf(data.codes, data.dictionary) }]
    return [name, data]
  })
  return rowsOf({ rows, columns: new Map(plain as []) } as unknown as Result)
}
const textsOf = (codes: Int32Array, dictionary: readonly (string | null)[]) =>
  Array.from(codes, (code) => dictionary[code]!)

async function assertRead(files: readonly string[]): Promise<ColumnBatch> {
  const rows = await rowsIn(files)
  const batch = readOwn(EVERY_TYPE, files, rows.length)
  assert.ok(batch !== undefined)
  assert.deepEqual(rowsOfBatch(batch), rows)
  return batch
}

/** Rows as a feed has them: numbers go up, times too, texts come back or go on. */
const feedRow = (i: number): Row => ({
  ...anyRow(),
  ...DAY,
  id: `01234567-89ab-8def-8123-${(i * 3).toString(16).padStart(12, '0')}`,
  at: (DAY.at as bigint) + BigInt(i * 7),
  number: BigInt(i) + (i % 100 === 0 ? 2n ** 40n : 0n),
  price: BigInt(below(50)) * 10n ** 8n,
  small: i,
  flag: i % 3 === 0,
  text: `20140310-${i}`,
  list: i % 4 === 0 ? ['XT'] : [],
})

const withoutNulls = (row: Row): Row => ({
  ...row,
  seen: 0n,
  price: 1n,
  number: 5n,
  small: 7,
  flag: true,
  text: 'x',
  list: [],
})
const allNull = (row: Row): Row => ({
  ...row,
  seen: null,
  price: null,
  number: null,
  small: null,
  flag: null,
  text: null,
  list: null,
})

// biome-ignore format: a table reads by its columns
const kinds: [name: string, rowOf: (i: number) => Row, count: number][] = [
  ['the edges of every type',            (i) => ({ ...EDGES[i]!, ...DAY }),      EDGES.length],
  ['random rows',                        () => ({ ...anyRow(), ...DAY }),        3_000],
  ['rows of a feed',                     feedRow,                                3_000],
  ['one value in all rows',              (i) => withoutNulls(feedRow(i)),        500],
  ['nothing but nulls',                  (i) => allNull(feedRow(i)),             500],
  ['one row',                            feedRow,                                1],
]

for (const [name, rowOf, count] of kinds) {
  for (const isDictionary of [true, false]) {
    test(`${name} come back as DuckDB reads them (${isDictionary ? 'dictionaries' : 'texts'}, seed ${seed})`, async () => {
      const pieceOf = (rows: number) =>
        batchOf(
          EVERY_TYPE,
          Array.from({ length: rows }, (_, i) => rowOf(i)),
          isDictionary,
        )
      await assertRead(filesOf([pieceOf(count)]))
      await assertRead(filesOf([pieceOf(count), pieceOf(Math.ceil(count / 2)), pieceOf(count)], { rowGroupRows: 700 }))
    })
  }
}

// biome-ignore format: a table reads by its columns
const mixtures: [name: string, dictionary: number, texts: number, kind: string][] = [
  ['mostly of dictionaries is one',   900, 100, 'dictionary'],
  ['mostly of texts is texts',        100, 900, 'text'],
]
for (const [name, coded, pooled, kind] of mixtures) {
  test(`a column ${name} (seed ${seed})`, async () => {
    const rows = (count: number, text: (i: number) => string | null) =>
      Array.from({ length: count }, (_, i) => ({ ...feedRow(i), text: text(i) }))
    const few = batchOf(
      EVERY_TYPE,
      rows(coded, (i) => ['é', 'b', null][i % 3]!),
    )
    const many = batchOf(
      EVERY_TYPE,
      rows(pooled, (i) => (i % 9 === 0 ? null : `€${i}`)),
      false,
    )
    const batch = await assertRead(filesOf([few, many, few]))
    assert.equal(batch.columns.get('text')!.kind, kind)
  })
}

test('what is read is good to be written: the same file comes out', async () => {
  const rows = Array.from({ length: 2_000 }, (_, i) => feedRow(i))
  const [once] = filesOf([batchOf(EVERY_TYPE, rows, false)])
  const [again] = filesOf([readOwn(EVERY_TYPE, [once!], rows.length)!])
  assert.deepEqual(await rowsIn([again!]), await rowsIn([once!]))
})

const piece = () =>
  batchOf(
    EVERY_TYPE,
    Array.from({ length: 200 }, (_, i) => feedRow(i)),
  )

test('files of another writer, of other columns, of other encodings and of another count are not read', async () => {
  const [file] = filesOf([piece()])
  const to = { folder: join(folder, 'd'), name: 'd', day: 0, bucket: 0 }
  const copied = join(to.folder, (await rewriteDataFile(engine, EVERY_TYPE, [file!], to)).path)
  const plain = filesOf([piece()], { layout: { level: 3, isDelta: false } })
  const more: TableSpec = {
    ...EVERY_TYPE,
    columns: [...EVERY_TYPE.columns, { ...EVERY_TYPE.columns[6]!, id: 11, name: 'new' }],
  }
  assert.equal(readOwn(EVERY_TYPE, [file!], 200)?.rows, 200)
  assert.equal(readOwn(EVERY_TYPE, [file!, copied], 400), undefined)
  assert.equal(readOwn(EVERY_TYPE, plain, 200), undefined)
  assert.equal(readOwn(more, [file!], 200), undefined)
  assert.equal(readOwn(EVERY_TYPE, [file!], 199), undefined)
  assert.equal(readOwn(EVERY_TYPE, [file!], 201), undefined)
  assert.equal(readOwn(EVERY_TYPE, [join(folder, 'gone')], 200), undefined)
})

test(`a byte that is another is noticed, or says nothing of the rows (seed ${seed})`, async () => {
  const [file] = filesOf([piece()])
  const bytes = await readFile(file!)
  const rows = rowsOfBatch(readOwn(EVERY_TYPE, [file!], 200)!)
  const damaged = join(folder, 'damaged.parquet')
  let noticed = 0
  for (let i = 0; i < 300; i++) {
    const at = below(bytes.length)
    const other = Buffer.from(bytes)
    other[at] = other[at]! ^ (1 << below(8))
    await writeFile(damaged, i % 10 === 0 ? bytes.subarray(0, at) : other)
    const read = readOwn(EVERY_TYPE, [damaged], 200)
    if (read === undefined) noticed++
    else assert.deepEqual(rowsOfBatch(read), rows, `the bit at ${at}`)
  }
  assert.ok(noticed > 100, `${noticed} of 300`)
})
