/** Texts that stay bytes are the same that come as strings: nulls, long ones among short ones, repeated ones, lists. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { opened, rowsOf } from './rows.fixture.ts'

const { engine, end } = await opened(2)
after(end)

const LONG = `'é€𝄞 longer than any header ' || i`
// biome-ignore format: a table reads by its columns
const texts: [name: string, sql: string][] = [
  ['short ones',                        `'s' || i`],
  ['the longest short and the shortest long', `repeat('x', 11 + (i % 4)::INTEGER)`],
  ['long ones',                         LONG],
  ['long ones with short ones between', `CASE i % 3 WHEN 0 THEN 's' ELSE ${LONG} END`],
  ['long ones with nulls between',      `CASE WHEN i % 3 > 0 THEN ${LONG} END`],
  ['one long one for all rows',         `'a topic that is long'`],
  ['few long ones',                     `['a topic that is long', 'é another long one', ''][1 + (i % 3)::INTEGER]`],
  ['empty ones and nulls',              `CASE WHEN i % 2 = 0 THEN '' END`],
  ['nulls alone',                       'NULL::VARCHAR'],
  ['lists',                             `['a', ${LONG}]`],
  ['lists of nothing, one and several', `[${LONG}, 'b', 'c'][1:(i % 4)::INTEGER]`],
  ['lists with nulls between',          `CASE WHEN i % 3 > 0 THEN ['a', ${LONG}][1:(i % 3)::INTEGER] END`],
  ['one list for all rows',             `['a', 'one that is long, too']`],
  ['nulls of lists alone',              'NULL::VARCHAR[]'],
]
const counts = [0, 1, 7, 2047, 2048, 2049, 5000]

for (const [name, sql] of texts) {
  test(`${name} are the same as bytes`, async () => {
    for (const rows of counts) {
      const asked = (isUtf8: boolean) =>
        engine.query(`SELECT ${sql} AS x FROM range(${rows}) t(i) ORDER BY i`, [], { isUtf8 })
      const strings = rowsOf(await asked(false))
      const bytes = await asked(true)
      assert.match(bytes.columns.get('x')!.kind, /^utf8/)
      assert.deepEqual(rowsOf(bytes), strings, `${rows} rows`)
    }
  })
}
