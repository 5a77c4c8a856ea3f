import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takenOf } from './accept.ts'

const TYPES = ['application/json', 'text/csv', 'application/x-ndjson']
const CODINGS = ['zstd', 'br', 'gzip', 'identity']

// biome-ignore format: a table reads by its columns
const rows: [header: string, offers: readonly string[], taken: string[]][] = [
  ['text/csv',                                            TYPES,   ['text/csv']],
  ['*/*',                                                 TYPES,   TYPES],
  ['text/*',                                              TYPES,   ['text/csv']],
  ['application/*',                                       TYPES,   ['application/json', 'application/x-ndjson']],
  ['TEXT/CSV; charset=utf-8',                             TYPES,   ['text/csv']],
  ['application/json;q=0.5, text/csv;q=0.6',              TYPES,   ['text/csv', 'application/json']],
  ['text/csv ; header=absent ; q=0.2 , */*;q=0.1',        TYPES,   ['text/csv', 'application/json', 'application/x-ndjson']],
  ['*/*, application/json;q=0',                           TYPES,   ['text/csv', 'application/x-ndjson']],
  ['text/*;q=0.4, text/csv;q=0.9, */*;q=0.5',             TYPES,   ['text/csv', 'application/json', 'application/x-ndjson']],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TYPES, TYPES],
  ['image/png',                                           TYPES,   []],
  ['text/html, image/gif, *; q=.2, */*; q=.2',             TYPES,   TYPES],
  ['text/csv;q=.',                                        TYPES,   []],
  ['text/csv;q=0',                                        TYPES,   []],
  ['text/csv;q=2',                                        TYPES,   []],
  ['text/csv;q=',                                         TYPES,   []],
  ['',                                                    TYPES,   []],
  ['gzip, deflate, br, zstd',                             CODINGS, ['zstd', 'br', 'gzip']],
  ['gzip, deflate',                                       CODINGS, ['gzip']],
  ['gzip;q=1.0, zstd;q=0.5',                              CODINGS, ['gzip', 'zstd']],
  ['zstd;q=0.001, gzip;q=0.000',                          CODINGS, ['zstd']],
  ['identity, gzip;q=0.5',                                CODINGS, ['identity', 'gzip']],
  ['*',                                                   CODINGS, CODINGS],
  ['*;q=0.5, gzip',                                       CODINGS, ['gzip', 'zstd', 'br', 'identity']],
  ['deflate, compress',                                   CODINGS, []],
]
for (const [header, offers, wanted] of rows) {
  test(`${JSON.stringify(header)} takes ${wanted.join(', ') || 'nothing'}`, () =>
    assert.deepEqual(
      takenOf(header, offers).map(({ offer }) => offer),
      wanted,
    ))
}

test('of what is taken it is known which range does, and how gladly', () => {
  assert.deepEqual(takenOf('text/*;q=0.5, application/json', TYPES), [
    { offer: 'application/json', quality: 1, at: 1 },
    { offer: 'text/csv', quality: 0.5, at: 0 },
  ])
})
