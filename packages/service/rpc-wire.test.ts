/** Protos may grow; what a client was built against stays. proto/k2/v1/wire.txt keeps it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import protobuf from 'protobufjs'
import { broken, linesOf, wireLines } from './rpc-wire.ts'

const PROTOS = join(import.meta.dirname, '../../proto')

test('nothing that a client may have been built against is gone, and all that is new is kept from now on', () => {
  const kept = readFileSync(join(PROTOS, 'k2/v1/wire.txt'), 'utf8').trimEnd().split('\n')
  const now = wireLines(
    ['k2/v1/query.proto', 'k2/v1/sequence.proto', 'k2/v1/degradation.proto', 'k2/v1/feed.proto'],
    PROTOS,
  )
  assert.deepEqual(broken(kept, now), [], 'give it back, or reserve its number')
  assert.deepEqual(
    now.filter((line) => !kept.includes(line)),
    [],
    'npm run generate adds these lines',
  )
})

const BEFORE = `
  enum E { NONE = 0; ONE = 1; }
  message M { string a = 1; repeated int64 b = 2; optional E c = 3; map<string, string> d = 4; }
  service S { rpc Ask(M) returns (M); }`
const lines = (text: string): string[] =>
  linesOf(protobuf.parse(`syntax = "proto3"; package p;${text}`, { keepCase: true }).root.resolveAll())

// biome-ignore format: a table reads by its columns
const CHANGES: [name: string, from: string, to: string, gone: readonly string[]][] = [
  ['a new field',              'string a = 1;',  'string a = 1; string e = 5;',  []],
  ['a new method',             'service S {',    'service S { rpc More(M) returns (M);', []],
  ['a field with its number reserved', 'string a = 1;', 'reserved 1;',           []],
  ['a field that is gone',     'string a = 1;',  '',                             ['p.M 1 string a']],
  ['a number used anew',       'string a = 1;',  'reserved 7; bytes e = 1;',     ['p.M 1 string a']],
  ['another number',           'string a = 1;',  'string a = 5;',                ['p.M 1 string a']],
  ['another name',             'string a = 1;',  'string other = 1;',            ['p.M 1 string a']],
  ['another type',             'string a = 1;',  'bytes a = 1;',                 ['p.M 1 string a']],
  ['one of a list',            'repeated int64', 'int64',                        ['p.M 2 repeated int64 b']],
  ['no more presence',         'optional E',     'E',                            ['p.M 3 optional p.E c']],
  ['another map',              'string, string', 'int32, string',                ['p.M 4 map<string, string> d']],
  ["an enum's value",          'ONE = 1',        'TWO = 1',                      ['p.E 1 ONE']],
  ['a stream for an answer',   'returns (M)',    'returns (stream M)',           ['p.S Ask(p.M) p.M']],
]
for (const [name, from, to, gone] of CHANGES) {
  test(`${name}: ${gone.length === 0 ? 'no client breaks' : 'told'}`, () => {
    assert.ok(BEFORE.includes(from))
    assert.deepEqual(broken(lines(BEFORE), lines(BEFORE.replace(from, to))), gone)
  })
}
