import assert from 'node:assert/strict'
import { it } from 'node:test'
import { REFERENCE_DATA, TABLES, TRADES } from '@k2/contracts/tables.ts'
import { difference, newTable } from './create.ts'
import type { SchemaJson, TableMetadata } from './metadata.ts'

const first = { ...newTable(TRADES, 'uuid', 1), location: '/lake' }
const fields = first.schemas[0]!.fields

it('every table is its own', () => {
  for (const spec of TABLES)
    assert.equal(difference({ ...newTable(spec, 'uuid', 1), location: '/lake' }, spec), undefined)
})

it('has day and bucket, or bucket alone', () => {
  const parts = (metadata: TableMetadata) =>
    metadata['partition-specs'][0]!.fields.map((f) => [f['field-id'], f.name, f.transform, f['source-id']])
  assert.deepEqual(parts(first), [
    [1000, 'exchange_date', 'day', 6],
    [1001, 'symbol_bucket', 'bucket[16]', 3],
  ])
  assert.deepEqual(parts({ ...newTable(REFERENCE_DATA, 'uuid', 1), location: '/lake' }), [
    [1000, 'symbol_bucket', 'bucket[16]', 3],
  ])
})

it('maps every name to its field id, elements of lists too', () => {
  const mapping = JSON.parse(first.properties['schema.name-mapping.default']!)
  assert.equal(mapping.length, TRADES.columns.length)
  const list = TRADES.columns.find((column) => column.type === 'list<string>')!
  const entry = mapping.find((one: { names: string[] }) => one.names[0] === list.name)
  assert.deepEqual(entry, {
    'field-id': list.id,
    names: [list.name],
    fields: [{ 'field-id': list.elementId, names: ['element'] }],
  })
})

const withFields = (changed: SchemaJson['fields']): TableMetadata => ({
  ...first,
  schemas: [{ ...first.schemas[0]!, fields: changed }],
})
const changed = (name: string, change: object) =>
  withFields(fields.map((f) => (f.name === name ? { ...f, ...change } : f)))
const added = (required: boolean) => withFields([...fields, { id: 99, name: 'note', required, type: 'string' }])
const before = withFields(fields.filter(({ name }) => name !== 'vendor_data'))
const dropped: TableMetadata = {
  ...before,
  schemas: [first.schemas[0]!, { ...before.schemas[0]!, 'schema-id': 1 }],
  'current-schema-id': 1,
}
const ours = first['partition-specs'][0]!
const partitioned = (transform: string): TableMetadata => ({
  ...first,
  'partition-specs': [{ 'spec-id': 0, fields: [{ name: 'x', transform, 'source-id': 3, 'field-id': 1000 }] }],
})
const respecced: TableMetadata = { ...partitioned('bucket[4]'), 'default-spec-id': 1 }

// biome-ignore format: a table reads by its columns
const rows: [name: string, metadata: TableMetadata, difference: RegExp | undefined][] = [
  ['another text about a column',       changed('price', { doc: 'so much' }),        undefined],
  ['decimal(18,8) without the space',   changed('price', { type: 'decimal(18,8)' }), undefined],
  ['an optional column of others',      added(false),                                undefined],
  ['a required column of others',       added(true),                                 /column note is required/],
  ['a column that was dropped',          withFields(fields.slice(1)),                 /column message_id \(field id 1\) is missing/],
  ['a column of another type',          changed('price', { type: 'double' }),        /field 7 is 7 price double, not 7 price decimal\(18,8\)/],
  ['a column of another name',          changed('price', { name: 'cost' }),          /field 7 is 7 cost/],
  ['a column made optional',            changed('price', { required: false }),       /price decimal\(18,8\) optional, not/],
  ['an optional column of ours that it lacks', before,                               undefined],
  ['an optional column of ours that was dropped', dropped,                           /column vendor_data .* is missing/],
  ['a later default spec of others',    { ...respecced, 'partition-specs': [ours, { ...respecced['partition-specs'][0]!, 'spec-id': 1 }] }, undefined],
  ['other buckets',                     partitioned('bucket[32]'),                   /partitioned by bucket\[32\] of field 3, not day of field 6, bucket\[16\] of field 3/],
  ['a default spec that is not there',  { ...partitioned('bucket[4]'), 'default-spec-id': 5 }, /partitioned by nothing/],
  ['a schema that is not there',        { ...first, 'current-schema-id': 5 },        /current schema 5 is not among/],
]

for (const [name, metadata, expected] of rows) {
  it(name, () => {
    const found = difference(metadata, TRADES)
    if (expected === undefined) assert.equal(found, undefined)
    else assert.match(found ?? '', expected)
  })
}
