/** The protos are written by hand, the definitions too: here they are held against each other. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadProtos, serviceIn } from '@k2/service/rpc.ts'
import { DEFINITIONS } from './core/definitions.ts'
import { STREAMS } from './core/streams.ts'
import { messageField, QUERY_SERVICE, requestField } from './rpc.ts'

const protos = loadProtos(['k2/v1/query.proto'], [join(import.meta.dirname, '../../proto')])
const service = serviceIn(protos, QUERY_SERVICE)

interface Message {
  readonly field: readonly { readonly name: string; readonly typeName: string }[]
}
const messageOf = (definition: unknown): Message => (definition as { readonly type: Message }).type
const fieldsOf = ({ field }: Message): string[] =>
  field.map(({ name }) => name.replace(/_([a-z])/g, (_, c) => c.toUpperCase()))

test('each method is a question, and each question a method', () => {
  assert.deepEqual(Object.keys(service).sort(), [...DEFINITIONS, ...STREAMS].map(({ rpc }) => rpc).sort())
})

for (const { rpc, params, row, reply } of DEFINITIONS) {
  test(`${rpc} takes what its question takes, and answers what it answers`, () => {
    const { requestType, responseType } = service[rpc]! as unknown as Record<'requestType' | 'responseType', unknown>
    const wanted = Object.entries(params).flatMap(([name, param]) => requestField(name, param) ?? [])
    assert.deepEqual(fieldsOf(messageOf(requestType)).sort(), wanted.sort())
    const rows = messageOf(responseType).field.find(({ name }) => name === reply)!
    const message = messageOf(protos[`k2.v1.${rows.typeName.split('.').at(-1)}`])
    assert.deepEqual(fieldsOf(message), row.map(messageField))
  })
}

for (const { rpc, params } of STREAMS) {
  test(`${rpc} takes what its question takes, and has rows of both tables`, () => {
    const { requestType, responseType } = service[rpc]! as unknown as Record<'requestType' | 'responseType', unknown>
    const wanted = Object.entries(params).flatMap(([name, param]) => requestField(name, param) ?? [])
    assert.deepEqual(fieldsOf(messageOf(requestType)).sort(), wanted.sort())
    const { field } = messageOf(responseType)
    const types = field.filter(({ name }) => name === 'trades' || name === 'quotes').map(({ typeName }) => typeName)
    assert.deepEqual(
      types.map((name) => name.split('.').at(-1)),
      ['Trade', 'Quote'],
    )
  })
}
