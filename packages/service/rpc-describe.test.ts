import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeService, type FieldDoc } from './rpc-describe.ts'

const methods = describeService(['rpc.fixture.proto'], import.meta.dirname, 'k2.test.Echo')

test('methods come in order, with their comment as one line', () => {
  const told = Array.from(methods.values(), ({ name, isStream, doc }) => [name, isStream, doc])
  assert.deepEqual(told, [
    ['Say', false, 'Says it again.'],
    ['Count', true, ''],
  ])
})

// biome-ignore format: a table reads by its columns
const fields: [name: string, key: string, type: string, isList: boolean, choices: string[], doc: string][] = [
  ['text',       'text',      'string', false, [],                                'What to say.'],
  ['big_number', 'bigNumber', 'int64',  false, [],                                ''],
  ['mood',       'mood',      'Mood',   false, ['MOOD_UNSPECIFIED', 'MOOD_GLAD'], ''],
  ['parts',      'parts',     'string', true,  [],                                ''],
  ['data',       'data',      'bytes',  false, [],                                ''],
]
test('fields are told as the proto has them, and as messages have them', () => {
  const told = ({ name, key, type, isList, choices, doc }: FieldDoc) => [name, key, type, isList, choices, doc]
  assert.deepEqual(methods.get('Say')!.request.map(told), fields)
  assert.deepEqual(methods.get('Say')!.reply.map(told), fields)
})

test('a service that is not there is a bug', () => {
  assert.throws(() => describeService(['rpc.fixture.proto'], import.meta.dirname, 'k2.test.Other'), /no such/i)
})
