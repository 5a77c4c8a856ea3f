import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { REFERENCE_DATA, TRADES } from '@k2/contracts/tables.ts'
import { dataFile } from '../table.examples.ts'
import type { DataFile } from '../table.ts'
import { type AvroSchema, readContainer, writeContainer } from './avro.ts'
import { boundValue } from './bounds.ts'
import { currentSchema, newTable, ownSpec } from './create.ts'
import { addedEntry, readManifest, writeManifest } from './manifest.ts'
import { readManifestList, writeManifestList } from './manifest-list.ts'
import { MANIFEST_LIST_SCHEMA } from './manifest-schema.ts'

const metadata = { ...newTable(TRADES, 'uuid', 0), location: '/lake' }
const table = { schema: currentSchema(metadata)!, spec: ownSpec(metadata, TRADES)! }
const added = (file: DataFile) => addedEntry(file, table.spec, 1)
const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url))

const list = [
  {
    path: '/lake/metadata/a-m0.avro',
    sizeBytes: 5000,
    specId: 0,
    content: 'data' as const,
    sequenceNumber: 2n ** 53n + 1n,
    minSequenceNumber: 7n,
    addedSnapshotId: 2n ** 63n - 1n,
    files: { added: 1, existing: 2, deleted: 3 },
    rows: { added: 10, existing: 20, deleted: 30 },
    spans: [
      { containsNull: true },
      { containsNull: false, lower: Uint8Array.of(1, 0, 0, 0), upper: Uint8Array.of(2, 0, 0, 0) },
    ],
  },
]
const header = { snapshotId: 1n, parentId: null, sequenceNumber: 1n }

it('reads back what it wrote, entries without sequence numbers', () => {
  const file = dataFile('/data/a.parquet')
  for (const codec of ['deflate', 'null'] as const) {
    const [entry, ...more] = readManifest(writeManifest([added(file)], table, codec), 'a')
    assert.deepEqual(more, [])
    assert.equal(entry!.status, 'added')
    for (const id of [entry!.snapshotId, entry!.sequenceNumber, entry!.fileSequenceNumber]) assert.equal(id, null)
    assert.deepEqual([entry!.path, entry!.format, entry!.rows, entry!.sizeBytes], [file.path, 'PARQUET', 1, 1001])
    assert.deepEqual(
      [...entry!.partition],
      [
        [1000, file.day],
        [1001, file.bucket],
      ],
    )
    assert.equal(entry!.sortOrderId, 1)
    const byId = new Map(file.stats.map((column) => [column.fieldId, column]))
    for (const [id, column] of entry!.stats) assert.deepEqual(plain(column), plain(byId.get(id)!))
  }
})

const plain = ({ lower, upper, ...counts }: { lower?: Uint8Array; upper?: Uint8Array }) => ({
  ...counts,
  lower: lower && [...lower],
  upper: upper && [...upper],
})

it('decodes only what a plan needs when asked so', () => {
  const [entry] = readManifest(writeManifest([added(dataFile('/data/a.parquet'))], table), 'a', 'bounds')
  assert.equal(entry!.stats.get(3)!.sizeBytes, 0)
  assert.equal(boundValue('string', entry!.stats.get(3)!.lower!), 'BTCUSDT')
})

it('keeps field ids and map marks in the header, or other readers fail', () => {
  const { schema } = readContainer(writeManifest([], table))
  const text = JSON.stringify(schema)
  for (const id of [0, 1, 2, 3, 4, 100, 101, 102, 103, 104, 108, 109, 110, 117, 118, 125, 128, 134, 140, 1000, 1001]) {
    assert.ok(text.includes(`"field-id":${id}}`) || text.includes(`"field-id":${id},`), String(id))
  }
  assert.equal(text.match(/"logicalType":"map"/g)!.length, 6)
  assert.ok(text.includes('{"type":"int","logicalType":"date"}'))
})

it('has no day where the table has none', () => {
  const reference = { ...newTable(REFERENCE_DATA, 'uuid', 0), location: '/lake' }
  const where = { ...table, schema: currentSchema(reference)!, spec: ownSpec(reference, REFERENCE_DATA)! }
  const [entry] = readManifest(writeManifest([addedEntry({ ...dataFile('/a'), day: null }, where.spec, 1)], where), 'a')
  assert.deepEqual([...entry!.partition.keys()], [1000])
})

it('lists are read back as written, 64-bit ids exact', () => {
  assert.deepEqual(readManifestList(writeManifestList(list, header), 'l'), list)
  assert.deepEqual(readManifestList(writeManifestList([], header), 'l'), [])
})

it("reads PyIceberg's manifests and lists", async () => {
  const manifests = readManifestList(await fixture('pyiceberg-manifest-list.avro'), 'l')
  assert.deepEqual(
    manifests.map(({ files, rows }) => [files.added, rows.added]),
    [
      [1, 1],
      [2, 3],
    ],
  )
  const days = manifests.map(({ spans }) => boundValue('date', spans![0]!.lower!))
  assert.deepEqual(days, [16140, 16138])
  const entries = readManifest(await fixture('pyiceberg-manifest.avro'), 'm', 'bounds')
  assert.deepEqual(
    entries.map((entry) => [entry.rows, ...entry.partition.values()]),
    [
      [2, 16138, 4],
      [1, 16139, 12],
    ],
  )
  assert.equal(boundValue('decimal(18, 8)', entries[0]!.stats.get(3)!.upper!), 3_712_500_000n)
  assert.equal(boundValue('string', entries[1]!.stats.get(1)!.upper!), 'A-VERY-LONG-SYMC')
})

type Named = { readonly fields: readonly { readonly name: string }[] }

/** The schema with fields renamed or dropped, as other writers and version 1 have it. */
function otherwise(renamed: Record<string, string>, dropped: readonly string[] = []): AvroSchema {
  const schema = MANIFEST_LIST_SCHEMA as unknown as Named
  const fields = schema.fields.filter(({ name }) => !dropped.includes(name))
  const named = fields.map((field) => ({ ...field, name: renamed[field.name] ?? field.name }))
  return { ...schema, fields: named } as unknown as AvroSchema
}

const record = {
  manifest_path: '/m',
  manifest_length: 1,
  partition_spec_id: 0,
  content: 0,
  sequence_number: 1,
  min_sequence_number: 1,
  added_snapshot_id: 5,
  added_data_files_count: 4,
  existing_files_count: 0,
  deleted_files_count: 0,
  added_rows_count: 40,
  existing_rows_count: 0,
  deleted_rows_count: 0,
  partitions: null,
  key_metadata: null,
}

it('finds fields by id where a writer names them otherwise (Java: added_data_files_count)', () => {
  const bytes = writeContainer(otherwise({ added_files_count: 'added_data_files_count' }), [record], {})
  assert.equal(readManifestList(bytes, 'l')[0]!.files.added, 4)
})

it('reads a list of version 1: no content, no sequence numbers', () => {
  const schema = otherwise({ added_files_count: 'added_data_files_count' }, [
    'content',
    'sequence_number',
    'min_sequence_number',
  ])
  const [manifest] = readManifestList(writeContainer(schema, [record], {}), 'l')
  assert.equal(manifest!.content, 'data')
  assert.equal(manifest!.sequenceNumber, 0n)
})

it('names the file that it cannot understand', () => {
  const whole = writeManifest([added(dataFile('/data/a.parquet'))], table)
  const damaged = { code: 'LAKE_DAMAGED', message: /manifest .*m\.avro cannot be read/ }
  for (let length = 0; length < whole.length; length += 97) {
    assert.throws(() => readManifest(whole.slice(0, length), 'm.avro'), damaged, `${length} bytes`)
  }
  assert.throws(() => readManifest(writeManifestList(list, header), 'm.avro'), damaged)
  assert.throws(() => readManifestList(whole, 'm.avro'), damaged)
  assert.throws(() => readManifest(Buffer.from('PAR1'), 'm.avro'), damaged)
})
