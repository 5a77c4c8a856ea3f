import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseJson, writeJson } from './json.ts'

// biome-ignore format: a table reads by its columns
const rows: [name: string, text: string, value: unknown][] = [
  ['an id beyond 2^53 keeps its digits',   '{"snapshot-id":9007199254740993}',                { 'snapshot-id': 9007199254740993n }],
  ['a small id is bigint as well',         '{"last-sequence-number":1}',                      { 'last-sequence-number': 1n }],
  ['no snapshot stays -1',                 '{"current-snapshot-id":-1}',                      { 'current-snapshot-id': -1n }],
  ['no snapshot stays null',               '{"current-snapshot-id":null}',                    { 'current-snapshot-id': null }],
  ['ids are found deep down',              '{"refs":{"main":{"snapshot-id":5}}}',             { refs: { main: { 'snapshot-id': 5n } } }],
  ['times and counts are numbers',         '{"timestamp-ms":1700000000000,"schema-id":0}',    { 'timestamp-ms': 1700000000000, 'schema-id': 0 }],
  ['an unknown large integer is exact',    '{"what":9223372036854775807}',                    { what: 9223372036854775807n }],
  ['a fraction is a number',               '{"fpp":0.5}',                                     { fpp: 0.5 }],
  ['text of digits stays text',            '{"snapshot-id":"12"}',                            { 'snapshot-id': '12' }],
]

for (const [name, text, value] of rows) {
  it(name, () => {
    assert.deepEqual(parseJson(text), value)
    assert.equal(writeJson(value), text)
  })
}

it('text that is no JSON throws', () => assert.throws(() => parseJson('{"a":'), SyntaxError))
