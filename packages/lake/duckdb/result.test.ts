import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Param } from './params.ts'
import type { ResultColumn } from './result.ts'
import { opened, rowsOf } from './rows.fixture.ts'

const { engine, end } = await opened(2)
after(end)

// biome-ignore format: a table reads by its columns
const params: [param: Param, sql: string, value: unknown][] = [
  ["it's; DROP",                  '?',                             "it's; DROP"],
  ['',                            '?',                             ''],
  [null,                          '?::VARCHAR',                    null],
  [true,                          '?',                             true],
  [5,                             '?',                             5n],
  [-(2 ** 53 - 1),                '?',                             -(2n ** 53n - 1n)],
  [2n ** 63n - 1n,                '?',                             2n ** 63n - 1n],
  [['a', "b'"],                   '?',                             ['a', "b'"]],
  [[],                            'len(?::VARCHAR[])',             0n],
  [['a', 'b'],                    `list_contains(?, 'b')`,         true],
  [{ micros: -1n },               '?::VARCHAR',                    '1969-12-31 23:59:59.999999+00'],
  [{ micros: -1n },               '?',                             -1n],
  [{ unscaled: -(10n ** 18n) + 1n }, '?::VARCHAR',                 '-9999999999.99999999'],
  ['00000000-0000-8000-8000-000000000001', '?::UUID',              '00000000-0000-8000-8000-000000000001'],
]
for (const [param, sql, value] of params) {
  test(`a bound ${typeof param === 'object' ? (Object.keys(param ?? { null: 0 })[0] ?? 'list') : typeof param} in ${sql} gives ${value}`, async () => {
    assert.deepEqual(rowsOf(await engine.query(`SELECT ${sql} AS x`, [param])), [{ x: value }])
  })
}

test('a fraction is not a parameter, nor a number that is not exact', async () => {
  await assert.rejects(engine.query('SELECT ?', [0.5]), /not a whole number/)
  await assert.rejects(engine.query('SELECT ?', [2 ** 53]), /not a whole number/)
})

// biome-ignore format: a table reads by its columns
const types: [sql: string, column: ResultColumn, type: string][] = [
  ['1::INTEGER',                                 { kind: 'int32', values: Int32Array.of(1) },                            'INTEGER'],
  [`DATE '1969-12-31'`,                          { kind: 'int32', values: Int32Array.of(-1) },                           'DATE'],
  ['count(*)',                                   { kind: 'int64', values: BigInt64Array.of(1n) },                        'BIGINT'],
  [`TIMESTAMPTZ '1970-01-01 00:00:00.000001+00'`, { kind: 'int64', values: BigInt64Array.of(1n) },                       'TIMESTAMP WITH TIME ZONE'],
  ['-1.5::DECIMAL(18,8)',                        { kind: 'int64', values: BigInt64Array.of(-150_000_000n) },             'DECIMAL(18,8)'],
  ['sum(-1.5::DECIMAL(18,8))',                   { kind: 'wide', words: BigInt64Array.of(-150_000_000n, -1n), scale: 8 },                  'DECIMAL(38,8)'],
  ['sum(9223372036854775807::BIGINT) * 2',       { kind: 'wide', words: BigInt64Array.of(-2n, 0n), scale: 0 },                 'HUGEINT'],
  ['NULL::HUGEINT',                              { kind: 'wide', words: BigInt64Array.of(0n, 0n), scale: 0, nulls: Uint8Array.of(1) },                         'HUGEINT'],
  ['NULL::BIGINT',                               { kind: 'int64', values: BigInt64Array.of(0n), nulls: Uint8Array.of(1) }, 'BIGINT'],
  ['avg(1)',                                     { kind: 'float64', values: Float64Array.of(1) },                        'DOUBLE'],
  ['true',                                       { kind: 'boolean', values: Uint8Array.of(1) },                          'BOOLEAN'],
  [`'x'`,                                        { kind: 'text', values: ['x'] },                                        'VARCHAR'],
  ['NULL::VARCHAR',                              { kind: 'text', values: [null] },                                       'VARCHAR'],
  [`['x', 'y']`,                                 { kind: 'list', codes: Int32Array.of(0), dictionary: [['x', 'y']] },    'VARCHAR[]'],
  ['NULL::VARCHAR[]',                            { kind: 'list', codes: Int32Array.of(-1), dictionary: [] },             'VARCHAR[]'],
]
for (const [sql, column, type] of types) {
  test(`an answer of ${sql} is ${column.kind}`, async () => {
    const result = await engine.query(`SELECT ${sql} AS x FROM range(1)`)
    const x = result.columns.get('x')!
    assert.deepEqual(
      'nulls' in x && x.nulls && 'values' in x ? { ...x, values: x.values.fill(0n as never) } : x,
      column,
    )
    assert.equal(result.types.get('x'), type)
    structuredClone(result)
  })
}

test('an answer has its columns in order, and each name once', async () => {
  assert.deepEqual([...(await engine.query('SELECT 1 AS z, 2 AS a, 3 AS m')).columns.keys()], ['z', 'a', 'm'])
  await assert.rejects(engine.query('SELECT 1 AS a, 2 AS a'), /two columns of one name/)
  await assert.rejects(engine.query('SELECT 1::TINYINT AS a'), /column a is TINYINT.*cast it/)
  await assert.rejects(engine.query('SELECT [1] AS a'), /column a is INTEGER\[\].*cast it/)
  await assert.rejects(engine.query('SELECT 1::DECIMAL(9,2) AS a'), /cast it/)
})

test('many rows, nulls and repeating texts among them, come in order', async () => {
  const sql = `SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS n, CASE WHEN i % 7 = 0 THEN NULL WHEN i % 2 = 0
    THEN 'a text that is long' ELSE (i % 100)::VARCHAR END AS s, i % 5 = 0 AS b FROM range(10000) t(i) ORDER BY i`
  const rows = rowsOf(await engine.query(sql))
  assert.equal(rows.length, 10_000)
  for (const [at, row] of rows.entries()) {
    const s = at % 7 === 0 ? null : at % 2 === 0 ? 'a text that is long' : String(at % 100)
    assert.deepEqual(row, { i: BigInt(at), n: at % 3 === 0 ? null : BigInt(at), s, b: at % 5 === 0 })
  }
})

test('texts of any length and any letters come out as they are, also in lists', async () => {
  const texts = [
    '',
    'a',
    '\u{FEFF}begins with a mark',
    '\u{FEFF}é',
    'twelve bytes',
    'thirteen byte',
    'é€𝄞'.repeat(9),
    'x'.repeat(5000),
    'a\0b',
    '\0',
  ]
  const values = Array.from({ length: 5_000 }, (_, i) =>
    i % 11 === 10 ? null : texts[(i * i + (i >> 7)) % texts.length]!,
  )
  const picks = values.map((text) => (text === null ? -1 : texts.indexOf(text)))
  const sql = `SELECT CASE WHEN p >= 0 THEN ts[p + 1] END AS t, CASE WHEN p % 2 = 0 THEN [ts[p + 1], 'and', ts[1]] WHEN p > 0 THEN [] END AS l
    FROM (SELECT ?::VARCHAR[] AS ts, unnest(?::VARCHAR[])::INTEGER AS p)`
  const rows = rowsOf(await engine.query(sql, [texts, picks.map(String)]))
  assert.equal(rows.length, values.length)
  for (const [i, row] of rows.entries()) {
    const list = picks[i]! % 2 === 0 ? [values[i], 'and', ''] : picks[i]! > 0 ? [] : null
    assert.deepEqual(row, { t: values[i], l: list })
  }
})
