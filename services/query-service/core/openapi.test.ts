/** The document is one that tools read, and says of each question what its reader takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { Validator } from '@seriousme/openapi-schema-validator'
import { bodyTexts, fieldName, otherNames } from './body.ts'
import { DEFINITIONS, inPath, methodsOf } from './definitions.ts'
import { DETOURS } from './detours.ts'
import { openApi, pathOf } from './openapi.ts'
import type { Raw } from './question.ts'
import { STREAMS } from './streams.ts'

interface Operation {
  readonly operationId: string
  readonly responses: object
  readonly parameters?: { readonly name: string; readonly in: string; readonly deprecated?: true }[]
  readonly requestBody?: {
    readonly content: { 'application/json': { schema: { properties: Record<string, { readonly deprecated?: true }> } } }
  }
}

const document = openApi() as { paths: Record<string, Record<string, Operation>>; components: { schemas: object } }
const routes = [...DEFINITIONS, ...DETOURS, ...STREAMS.map((stream) => ({ ...stream, methods: [stream.method] }))]

test('it is OpenAPI 3.1, and every reference leads somewhere', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(document))
  assert.deepEqual([valid, errors ?? [], validator.version], [true, [], '3.1'])
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
    assert.ok(name! in document.components.schemas, name)
  const broken = { ...document, info: {} }
  assert.equal((await new Validator().validate(broken)).valid, false)
})

test('it has the routes there are, each under a name of its own', () => {
  assert.deepEqual(Object.keys(document.paths), routes.map(pathOf))
  for (const route of routes) {
    const methods = methodsOf(route).map((method) => method.toLowerCase())
    assert.deepEqual(Object.keys(document.paths[pathOf(route)]!), methods)
  }
  const ids = Object.values(document.paths).flatMap((of) => Object.values(of).map(({ operationId }) => operationId))
  assert.equal(new Set(ids).size, ids.length)
})

const sentenceOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof K2Error) return error.message
    throw error
  }
  return ''
}

for (const route of routes) {
  const { params, path } = route
  const read = (texts: Raw) => ('to' in route ? route.to(texts) : route.read(texts, 1e15))
  const { get, post } = document.paths[pathOf(route)]!
  const inside = inPath(path)
  const rest = Object.keys(params).filter((name) => !inside.includes(name))
  // Over gRPC alone.
  const told = rest.filter((name) => name !== 'arrow')

  test(`${path}: parameters are those of its table, older names behind them`, () => {
    const [operation] = Object.values(document.paths[pathOf(route)]!)
    const parameters = operation!.parameters ?? []
    assert.deepEqual(
      parameters.filter((of) => of.in === 'path').map(({ name }) => name),
      inside,
    )
    if (get) {
      const shown = get.parameters!.filter((of) => of.in === 'query')
      const old = told.flatMap((name) => params[name]!.aliases ?? [])
      assert.deepEqual(
        shown.map(({ name }) => name),
        [...told, ...old],
      )
      assert.deepEqual(
        shown.filter(({ deprecated }) => deprecated).map(({ name }) => name),
        old,
      )
    }
    if (post) {
      const { properties } = post.requestBody!.content['application/json'].schema
      const old = told.flatMap((name) => otherNames(name, params[name]!))
      assert.deepEqual(Object.keys(properties), [...told.map((name) => fieldName(name, params[name]!)), ...old])
      assert.deepEqual(
        Object.keys(properties).filter((name) => properties[name]!.deprecated),
        old,
      )
    }
  })

  test(`${path}: every name is understood, none beside its own other name`, () => {
    const names = rest.flatMap((name) => [name, ...(params[name]!.aliases ?? [])])
    for (const name of names)
      assert.doesNotMatch(
        sentenceOf(() => read({ [name]: '1' })),
        /is not a parameter/,
        name,
      )
    assert.match(
      sentenceOf(() => read({ nothing: '1' })),
      /nothing is not a parameter/,
    )
    for (const name of rest)
      for (const alias of params[name]!.aliases ?? []) {
        const twice = sentenceOf(() => read({ [name]: '2014-03-10', [alias]: '2014-03-10' }))
        assert.match(twice, new RegExp(`${alias} is another name of ${name}`))
      }
    if (!post) return
    for (const name of rest)
      for (const field of [fieldName(name, params[name]!), ...otherNames(name, params[name]!)]) {
        const texts = Object.fromEntries(bodyTexts({ [field]: '1' }, params))
        assert.doesNotMatch(
          sentenceOf(() => read(texts)),
          /is not a parameter/,
          field,
        )
      }
  })
}

test('what may be too much to read says so', () => {
  const codes = (path: string) => Object.keys(document.paths[path]!.get!.responses)
  assert.deepEqual(
    [codes('/v1/gaps'), codes('/v1/stats')],
    [
      ['200', '422', 'default'],
      ['200', 'default'],
    ],
  )
})

test('streams of text have no parameter arrow, which is of gRPC', () => {
  const { '/v1/stream': follow, '/v1/replay': replay } = document.paths
  const names = follow!.get!.parameters!.map(({ name }) => name)
  const fields = Object.keys(replay!.post!.requestBody!.content['application/json'].schema.properties)
  for (const all of [names, fields]) assert.deepEqual([all.includes('cursor'), all.includes('arrow')], [true, false])
  assert.ok(
    ['data_type', 'batch_size'].every((name) => fields.includes(name)),
    'names of an older client',
  )
})
