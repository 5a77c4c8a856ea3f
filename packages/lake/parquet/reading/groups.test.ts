import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row } from '../../duckdb/rows.fixture.ts'
import { bucketOf } from '../../iceberg/bucket.ts'
import { writeDataFiles } from '../write.ts'
import { NotOurs } from './cursor.ts'
import { bytesOfText, KeptGroups } from './groups.ts'

const { folder, end } = await opened()
after(end)

const ROWS = 1_000
const COLUMN_BYTES = ROWS * 8
const rows = Array.from({ length: 3 * ROWS }, (_, i): Row => ({ ...EDGES[0]!, at: BigInt(i), number: BigInt(i) }))
const [written] = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], {
  folder,
  name: 'groups',
  bucketOf,
  rowGroupRows: ROWS,
})
const file = join(folder, written!.path)
const numbers = (kept: KeptGroups, at: number) => {
  const column = kept.column(kept.loadOf(kept.of(EVERY_TYPE, file)[at]!), 'number')
  return column.kind === 'int64' ? column.values[0] : undefined
}

test('row groups say where they lie, and are read one by one', () => {
  const kept = new KeptGroups(2 ** 20)
  const groups = kept.of(EVERY_TYPE, file)
  assert.deepEqual(
    groups.map(({ rows, fromMicros, lastMicros }) => [rows, fromMicros, lastMicros]),
    [0, 1, 2].map((at) => [ROWS, at * ROWS, (at + 1) * ROWS - 1]),
  )
  const [symbol] = [rows[0]!.symbol as string]
  for (const [text, isThere] of [
    [symbol, true],
    [`${symbol}x`, false],
    ['', false],
  ] as const)
    assert.equal(groups[0]!.mayHold([bytesOfText(text)]), isThere, text)
  assert.deepEqual(
    [0, 1, 2, 0].map((at) => numbers(kept, at)),
    [0n, 1_000n, 2_000n, 0n],
  )
})

test('the group used longest ago is let go of, and is read anew', () => {
  // Symbols, times as they stand and as doubles, and numbers: four columns of a group, of two groups.
  const kept = new KeptGroups(8 * COLUMN_BYTES)
  const groups = kept.of(EVERY_TYPE, file)
  const column = (at: number) => kept.column(kept.loadOf(groups[at]!), 'number')
  const [first, second] = [column(0), column(1)]
  assert.equal(column(0), first)
  column(2)
  assert.equal(column(0), first)
  assert.notEqual(column(1), second)
  assert.deepEqual(column(1), second)
  assert.deepEqual(
    [kept.hasRoom(ROWS, 1, 7), kept.hasRoom(ROWS, 1, 8), kept.hasRoom(ROWS, 20, 7)],
    [true, false, false],
  )
})

test('what is kept is counted, and stays within its bound', () => {
  const bytesMax = 12 * COLUMN_BYTES
  const kept = new KeptGroups(bytesMax)
  const groups = kept.of(EVERY_TYPE, file)
  const before = kept.held()
  assert.deepEqual([before.columns, before.footers.bytes > 0], [{ bytes: 0, bytesMax }, true])
  const counted = EVERY_TYPE.columns.map(({ name }) => {
    const bytes = kept.held().columns.bytes
    kept.column(kept.loadOf(groups[0]!), name)
    return [name, kept.held().columns.bytes - bytes] as const
  })
  // Times and symbols, which come with the first of them, and an int64 with room for its objects.
  assert.ok(counted[0]![1] > 2 * COLUMN_BYTES, String(counted))
  const ofNumbers = counted.find(([name]) => name === 'number')![1]
  assert.ok(ofNumbers >= COLUMN_BYTES && ofNumbers < 1.5 * COLUMN_BYTES, String(counted))
  for (let i = 0; i < 3 * groups.length; i++) {
    kept.load(kept.loadOf(groups[i % groups.length]!), ['number', 'symbol'])
    assert.ok(kept.held().columns.bytes <= bytesMax)
  }
  kept.clear()
  assert.deepEqual([kept.held().columns.bytes, kept.held().footers.bytes], [0, 0])
})

test('what is gone from memory is still whole for whoever has it', () => {
  const kept = new KeptGroups(1)
  const loaded = kept.loadOf(kept.of(EVERY_TYPE, file)[0]!)
  const first = kept.column(loaded, 'number')
  numbers(kept, 1)
  kept.clear()
  assert.equal(kept.column(loaded, 'number').kind, first.kind)
  assert.notEqual(kept.column(loaded, 'number'), first)
})

// biome-ignore format: a table reads by its columns
const damages: [what: string, (bytes: Buffer) => Buffer][] = [
  ['nothing',               () => Buffer.alloc(0)],
  ['a few bytes',           () => Buffer.from('PAR1')],
  ['no footer',             (bytes) => bytes.subarray(0, -9)],
  ['a footer too long',     (bytes) => { bytes.writeInt32LE(bytes.length, bytes.length - 8); return bytes }],
  ['a footer of less than none', (bytes) => { bytes.writeInt32LE(-100, bytes.length - 8); return bytes }],
]
for (const [what, damaged] of damages) {
  test(`a file of ${what} is not ours`, async () => {
    const path = join(folder, 'damaged.parquet')
    await writeFile(path, damaged(await readFile(file)))
    assert.throws(() => new KeptGroups(1).of(EVERY_TYPE, path), NotOurs)
  })
}

test('a file that is gone is not ours to blame', () => {
  assert.throws(() => new KeptGroups(1).of(EVERY_TYPE, join(folder, 'gone.parquet')), NotOurs)
})
