/** The protos are written by hand, the definitions too: here they are held against each other. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadProtos, serviceIn } from '@k2/service/rpc.ts'
import { fieldName } from './core/body.ts'
import { DEFINITIONS, inPath, methodsOf } from './core/definitions.ts'
import { openApi, pathOf } from './core/openapi.ts'
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
  assert.deepEqual(Object.keys(service).sort(), DEFINITIONS.map(({ rpc }) => rpc).sort())
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

interface Operation {
  readonly parameters?: { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: { 'application/json': { schema: { properties: object } } } }
}

test('OpenAPI has each question with all its parameters, and every reference leads somewhere', () => {
  const document = openApi() as { paths: Record<string, Record<string, Operation>> }
  for (const definition of DEFINITIONS) {
    const { params } = definition
    const operations = document.paths[pathOf(definition)]!
    assert.deepEqual(
      Object.keys(operations),
      methodsOf(definition).map((method) => method.toLowerCase()),
    )
    const { get, post } = operations
    if (get) {
      const parameters = get.parameters!
      assert.deepEqual(
        parameters.map(({ name }) => name),
        Object.keys(params),
      )
      const inside = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
      assert.deepEqual(inside, inPath(definition.path))
    }
    if (post) {
      const { properties } = post.requestBody!.content['application/json'].schema
      const wanted = Object.entries(params).map(([name, param]) => fieldName(name, param))
      assert.deepEqual(Object.keys(properties), wanted)
    }
  }
  const ids = Object.values(document.paths).flatMap((of) =>
    Object.values(of).map((one) => 'operationId' in one && one.operationId),
  )
  assert.equal(new Set(ids).size, ids.length)
  const schemas = (document as unknown as { components: { schemas: object } }).components.schemas
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
    assert.ok(name! in schemas, name)
})
