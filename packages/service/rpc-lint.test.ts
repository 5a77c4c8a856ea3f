import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import protobuf from 'protobufjs'
import { faultsIn, lintProtos } from './rpc-lint.ts'

test('the protos keep to it', () => {
  const files = ['query', 'sequence', 'degradation', 'feed'].map((name) => `k2/v1/${name}.proto`)
  assert.deepEqual(lintProtos(files, join(import.meta.dirname, '../../proto')), [])
})

// biome-ignore format: a table reads by its columns
const FAULTS: readonly (readonly [text: string, fault: RegExp | undefined])[] = [
  ['message Good { int64 at_micros = 1; string of_name = 2; }',         undefined],
  ['message bad_name { string a = 1; }',                                /p\.bad_name is written LikeThis/],
  ['message M { string badName = 1; }',                                 /p\.M\.badName is written like_this/],
  ['message M { int64 seen_at = 1; }',                                  /seen_at_micros/],
  ['enum Mood { MOOD_UNSPECIFIED = 0; GLAD = 1; }',                     /p\.Mood\.GLAD begins with MOOD_/],
  ['message M {} service S { rpc Ask(M) returns (M); }',                /p\.S\.Ask has no comment/],
  ['message M {} service S {\n// Asks.\nrpc Ask(stream M) returns (M); }', /client stream/],
]
for (const [text, fault] of FAULTS) {
  test(`${text.replaceAll('\n', ' ')}: ${fault ?? 'well'}`, () => {
    const options = { keepCase: true, alternateCommentMode: true }
    const { root } = protobuf.parse(`syntax = "proto3"; package p;${text}`, options)
    const faults = faultsIn(root.resolveAll())
    assert.deepEqual([faults.length, fault?.test(faults[0] ?? '') ?? true], [fault ? 1 : 0, true], faults.join())
  })
}
