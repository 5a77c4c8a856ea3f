import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerColumn } from './answer.ts'
import { csvRows } from './csv.ts'
import type { Field } from './fields.ts'
import { jsonRows } from './json.ts'

type Cell = ReturnType<AnswerColumn['cells']>

// biome-ignore format: a table reads by its columns
const rows: [name: string, type: Field['type'], cell: Cell, json: string, csv: string][] = [
  ['price',            'decimal(18, 8)', 3_666_700_000n,     '"36.667"',                      '36.667'],
  ['price',            'decimal(18, 8)', null,               'null',                          ''],
  ['timestamp',        'timestamptz',    1_394_398_634_754_000n, '"2014-03-09T20:57:14.754000Z"', '2014-03-09T20:57:14.754000Z'],
  ['kafka_offset',     'long',           2n ** 62n,          '"4611686018427387904"',         '4611686018427387904'],
  ['kafka_partition',  'int',            3,                  '3',                             '3'],
  ['is_active',        'boolean',        true,               'true',                          'true'],
  ['company_name',     'string',         'A "B", C',         '"A \\"B\\", C"',                '"A ""B"", C"'],
  ['company_name',     'string',         '',                 '""',                            '""'],
  ['trade_conditions', 'list<string>',   ['XT', '1'],        '["XT","1"]',                    '"[""XT"",""1""]"'],
  ['vendor_data',      'string',         '{"venue":"X"}',    '{"venue":"X"}',                 '"{""venue"":""X""}"'],
]
for (const [name, type, cell, json, csv] of rows) {
  test(`${name} ${String(cell)} as JSON and CSV`, () => {
    const columns = [{ field: { name, type, required: false, doc: '' }, cells: () => cell }]
    assert.equal(String(Buffer.from(jsonRows(columns, 2, { between: ',' }))), `{"${name}":${json}},{"${name}":${json}}`)
    assert.equal(String(Buffer.from(csvRows(columns, 2))), `${name}\r\n${csv}\r\n${csv}\r\n`)
  })
}

test('the header of CSV is there without rows, in the order of the columns', () => {
  const field = (name: string) =>
    ({ field: { name, type: 'string', required: true, doc: '' }, cells: () => '' }) as const
  assert.equal(String(Buffer.from(csvRows([field('symbol'), field('exchange')], 0))), 'symbol,exchange\r\n')
})
