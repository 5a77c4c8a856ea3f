import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Param } from './params.ts'
import { opened, rowsOf } from './rows.fixture.ts'
import { plainSql } from './sql.ts'

const { engine, end } = await opened(1)
after(end)

// biome-ignore format: a table reads by its columns
const plain: [param: Param, type: string][] = [
  ['BHP',                         'VARCHAR'],
  ['',                            'VARCHAR'],
  ['BRK.B/x_1 2014-03-10 23:00',  'VARCHAR'],
  [-(2n ** 63n),                  'BIGINT'],
  [2n ** 63n - 1n,                'BIGINT'],
  [-7,                            'BIGINT'],
  [['XT', '1'],                   'VARCHAR[]'],
  [[],                            'VARCHAR[]'],
  [{ micros: -1n },               'TIMESTAMP WITH TIME ZONE'],
  [{ micros: 4_102_444_800_000_000n }, 'TIMESTAMP WITH TIME ZONE'],
]
for (const [param, type] of plain) {
  const told = typeof param === 'object' && param !== null && 'micros' in param ? `${param.micros} µs` : String(param)
  test(`${told} means the same as text and as parameter`, async () => {
    const sql = plainSql(param)!
    const asked = `SELECT typeof(${sql}) AS type, ${sql} IS NOT DISTINCT FROM $1 AS same, typeof($1) AS bound`
    assert.deepEqual(rowsOf(await engine.query(asked, [param])), [{ type, same: true, bound: type }])
  })
}

// biome-ignore format: a table reads by its columns
const bound: Param[] = ["O'NEIL", "' OR true --", 'a\\', 'a;b', 'a"b', 'a\u0000b', 'é', 'a\nb', ['XT', "'"], 1.5, null, true]
for (const param of bound)
  test(`${JSON.stringify(param)} is never text of a statement`, () => assert.equal(plainSql(param), undefined))
