/**
 * OpenAPI 3.1 of the REST door, made from the definitions: parameters from their tables, rows from their fields, errors
 * from the codes. Nothing of it is written by hand.
 *
 *   source  OpenAPI 3.1.1; RFC 9457
 */
import { CODES } from '@k2/contracts/codes.ts'
import { fieldName, otherNames } from './body.ts'
import { DEFINITIONS, type Definition, inPath, type Method, methodsOf } from './definitions.ts'
import { DETOURS } from './detours.ts'
import { type Field, isObject, scaleOf } from './fields.ts'
import { META } from './openapi-meta.ts'
import { streamPaths } from './openapi-streams.ts'
import type { Param } from './params.ts'

type Json = Readonly<Record<string, unknown>>

/** What a path of the document is made of. */
type Route = Pick<Definition, 'path' | 'methods' | 'doc' | 'params' | 'isSingle'> & {
  readonly operationId: string
  /** Schemas that a row may be of. */
  readonly rows: readonly string[]
}

const schemaName = ({ name }: Definition): string => name[0]!.toUpperCase() + name.slice(1)

const ROUTES: readonly Route[] = [
  ...DEFINITIONS.map((definition) => ({ ...definition, operationId: definition.rpc, rows: [schemaName(definition)] })),
  ...DETOURS.map((detour) => ({ ...detour, rows: detour.definitions.map(schemaName) })),
]

export function openApi(): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'K2',
      version: '1',
      description:
        'Exact answers over history and the last second. Prices and quantities are decimal text, times ISO 8601 UTC with microseconds, 64-bit numbers text.',
    },
    paths: {
      ...Object.fromEntries(ROUTES.map((route) => [pathOf(route), operations(route)])),
      ...streamPaths((stream) => asked(stream, stream.method), ref('Problem')),
    },
    // The first: where there is no access control.
    security: [{}, ...Object.keys(SECURITY).map((name) => ({ [name]: [] }))],
    components: {
      securitySchemes: SECURITY,
      schemas: {
        ...Object.fromEntries(DEFINITIONS.map((definition) => [schemaName(definition), rowSchema(definition.row)])),
        Meta: META,
        Problem: PROBLEM,
      },
    },
  }
}

const SECURITY = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'As k2 keys create makes it' },
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a token (JWT) of the issuer' },
  certificate: { type: 'mutualTLS', description: 'A certificate of the authority of clients' },
}

export const pathOf = ({ path }: Pick<Route, 'path'>): string => path.replaceAll(/:(\w+)/g, '{$1}')

/** As params.ts reads it. */
const NAME = { type: 'string', pattern: '^[A-Za-z0-9_./:-]{1,64}$' }

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

const operations = (route: Route): Json =>
  Object.fromEntries(methodsOf(route).map((method) => [method.toLowerCase(), operation(route, method)]))

function operation(route: Route, method: Method): Json {
  const { operationId, doc, params, isSingle, rows } = route
  const row = rows.length === 1 ? ref(rows[0]!) : { anyOf: rows.map(ref) }
  const body = {
    type: 'object',
    required: ['data', 'meta'],
    properties: { data: isSingle ? row : { type: 'array', items: row }, meta: ref('Meta') },
  }
  const hasFormats = 'format' in params
  return {
    // An id is of one operation: that of the GET where there are both.
    operationId: methodsOf(route)[0] === method ? operationId : `${operationId}By${method}`,
    summary: doc,
    ...asked(route, method),
    responses: {
      200: {
        description: 'Rows, and what they cover',
        content: {
          'application/json': { schema: body },
          ...(hasFormats && OTHER_FORMATS),
        },
      },
      // What reads records can be explained.
      ...('explain' in params && { [CODES.QUESTION_TOO_LARGE.http]: problem(CODES.QUESTION_TOO_LARGE.means) }),
      default: problem('Why not'),
    },
  }
}

const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
})

const BYTES = { description: 'With the proof as JSON in its metadata, under k2.meta' }
const OTHER_FORMATS = {
  'application/x-ndjson': { schema: { type: 'string' } },
  'text/csv': { schema: { type: 'string' } },
  'application/vnd.apache.arrow.stream': { schema: BYTES },
  'application/vnd.apache.parquet': { schema: BYTES },
}

function asked({ params, path }: Pick<Route, 'params' | 'path'>, method: Method): Json {
  const all = Object.entries(params)
  const inside = all.filter(([name]) => inPath(path).includes(name))
  const rest = all.filter(([name]) => !inPath(path).includes(name))
  const inPathAlone = inside.map(([name, param]) => parameter(name, param, 'path'))
  if (method === 'GET') {
    const old = rest.flatMap(([name, param]) =>
      (param.aliases ?? []).map((alias) => ({ ...parameter(alias, param, 'query'), ...olderName(name) })),
    )
    return { parameters: [...inPathAlone, ...rest.map(([name, param]) => parameter(name, param, 'query')), ...old] }
  }
  const needed = rest.filter(([, param]) => param.required).map(([name, param]) => fieldName(name, param))
  const old = rest.flatMap(([name, param]) =>
    otherNames(name, param).map((other) => [other, { ...paramSchema(param), ...olderName(fieldName(name, param)) }]),
  )
  const schema = {
    type: 'object',
    additionalProperties: false,
    ...(needed.length > 0 && { required: needed }),
    properties: Object.fromEntries([
      ...rest.map(([name, param]) => [fieldName(name, param), { ...valueSchema(param), description: param.doc }]),
      ...old,
    ]),
  }
  const requestBody = { required: needed.length > 0, content: { 'application/json': { schema } } }
  return { ...(inPathAlone.length > 0 && { parameters: inPathAlone }), requestBody }
}

const olderName = (name: string): Json => ({ deprecated: true, description: `Another name of ${name}` })

const valueSchema = (param: Param): Json => {
  const { required, default: fallback } = param
  const schema = paramSchema(param)
  const isNeeded = required && schema.type === 'array'
  return { ...schema, ...(isNeeded && { minItems: 1 }), ...(fallback !== undefined && { default: fallback }) }
}

function parameter(name: string, param: Param, where: 'path' | 'query'): Json {
  const isList = param.kind === 'list' || param.kind === 'choices' || param.kind === 'ranges'
  return {
    name,
    in: where,
    description: param.doc,
    ...(param.required && { required: true }),
    ...(isList && { style: 'form', explode: false }),
    schema: valueSchema(param),
  }
}

function paramSchema(param: Param): Json {
  switch (param.kind) {
    case 'integer':
      return { type: 'integer', minimum: param.min, maximum: param.max }
    case 'choice':
      return { type: 'string', enum: [...param.choices, ...Object.keys(param.spellings ?? {})] }
    case 'choices':
      return {
        type: 'array',
        items: { type: 'string', enum: [...param.choices, ...Object.keys(param.sets ?? {})] },
        uniqueItems: true,
      }
    case 'list':
      return { type: 'array', items: NAME, maxItems: param.max }
    case 'instant':
      return { type: 'string', format: 'date-time' }
    case 'flag':
      return { type: 'boolean' }
    case 'day':
      return { type: 'string', format: 'date' }
    case 'decimal':
      return { type: 'string', minLength: 1, pattern: '^[+-]?\\d{0,10}(\\.\\d{0,8})?$' }
    case 'ranges':
      return { type: 'array', items: { type: 'string', pattern: '^[^/]+/[^/]+$' }, maxItems: param.max }
    case 'duration':
      return { type: 'string', pattern: '^\\d+(us|ms|s|m|min|h|hour|d|day)$' }
    case 'text':
      return NAME
    case 'as-of':
    case 'cursor':
      return { type: 'string', minLength: 1 }
  }
}

function rowSchema(row: readonly Field[]): Json {
  return { type: 'object', properties: Object.fromEntries(row.map((field) => [field.name, fieldSchema(field)])) }
}

function fieldSchema(field: Field): Json {
  const { type, ...more } = typeOf(field)
  return { type: field.required ? type : [type, 'null'], ...more, description: field.doc }
}

function typeOf(field: Field): Json {
  if (isObject(field)) return { type: 'object', additionalProperties: { type: 'string' } }
  const scale = scaleOf(field)
  if (scale !== undefined) return { type: 'string', pattern: `^-?\\d+(\\.\\d{1,${scale}})?$` }
  switch (field.type) {
    case 'int':
      return { type: 'integer', format: 'int32' }
    case 'boolean':
      return { type: 'boolean' }
    case 'list<string>':
      return { type: 'array', items: { type: 'string' } }
    case 'uuid':
      return { type: 'string', format: 'uuid' }
    case 'timestamptz':
      return { type: 'string', format: 'date-time' }
    case 'long':
      return { type: 'string', pattern: '^-?\\d+$' }
    default:
      return { type: 'string' }
  }
}

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(CODES) },
    correlation_id: { type: 'string' },
  },
}
