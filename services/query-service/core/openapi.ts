/**
 * OpenAPI 3.1 of the REST door, made from the definitions: parameters from their tables, rows from their fields, errors
 * from the codes. Nothing of it is written by hand.
 *
 *   source  OpenAPI 3.1.1; RFC 9457
 */
import { CODES } from '@k2/contracts/codes.ts'
import { fieldName } from './body.ts'
import { DEFINITIONS, type Definition, inPath, type Method, methodsOf } from './definitions.ts'
import { type Field, isObject } from './fields.ts'
import type { Param } from './params.ts'

type Json = Readonly<Record<string, unknown>>

export function openApi(): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'K2',
      version: '1',
      description:
        'Exact answers over history and the last second. Prices and quantities are decimal text, times ISO 8601 UTC with microseconds, 64-bit numbers text.',
    },
    paths: Object.fromEntries(DEFINITIONS.map((definition) => [pathOf(definition), operations(definition)])),
    components: {
      schemas: {
        ...Object.fromEntries(DEFINITIONS.map((definition) => [schemaName(definition), rowSchema(definition.row)])),
        Meta: META,
        Problem: PROBLEM,
      },
    },
  }
}

export const pathOf = ({ path }: Definition): string => path.replaceAll(/:(\w+)/g, '{$1}')

const schemaName = ({ name }: Definition): string => name[0]!.toUpperCase() + name.slice(1)
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

const operations = (definition: Definition): Json =>
  Object.fromEntries(methodsOf(definition).map((method) => [method.toLowerCase(), operation(definition, method)]))

function operation(definition: Definition, method: Method): Json {
  const { rpc, doc, params, isSingle } = definition
  const row = ref(schemaName(definition))
  const body = {
    type: 'object',
    required: ['data', 'meta'],
    properties: { data: isSingle ? row : { type: 'array', items: row }, meta: ref('Meta') },
  }
  const hasFormats = 'format' in params
  return {
    // An id is of one operation: that of the GET where there are both.
    operationId: methodsOf(definition)[0] === method ? rpc : `${rpc}By${method}`,
    summary: doc,
    ...asked(definition, method),
    responses: {
      200: {
        description: 'Rows, and what they cover',
        content: {
          'application/json': { schema: body },
          ...(hasFormats && { 'text/csv': { schema: { type: 'string' } } }),
          ...(hasFormats && { 'application/x-ndjson': { schema: { type: 'string' } } }),
        },
      },
      default: { description: 'Why not', content: { 'application/problem+json': { schema: ref('Problem') } } },
    },
  }
}

function asked({ params, path }: Definition, method: Method): Json {
  const all = Object.entries(params)
  const inside = inPath(path)
  if (method === 'GET') return { parameters: all.map(([name, param]) => parameter(name, param, inside.includes(name))) }
  const needed = all.filter(([, param]) => param.required).map(([name, param]) => fieldName(name, param))
  const schema = {
    type: 'object',
    additionalProperties: false,
    ...(needed.length > 0 && { required: needed }),
    properties: Object.fromEntries(
      all.map(([name, param]) => [fieldName(name, param), { ...valueSchema(param), description: param.doc }]),
    ),
  }
  return { requestBody: { required: needed.length > 0, content: { 'application/json': { schema } } } }
}

const valueSchema = (param: Param): Json => {
  const fallback = param.default
  return { ...paramSchema(param), ...(fallback !== undefined && { default: fallback }) }
}

function parameter(name: string, param: Param, isInPath: boolean): Json {
  const isList = param.kind === 'list' || param.kind === 'choices' || param.kind === 'ranges'
  return {
    name,
    in: isInPath ? 'path' : 'query',
    description: param.doc,
    ...((isInPath || param.required) && { required: true }),
    ...(isList && { style: 'form', explode: false }),
    schema: valueSchema(param),
  }
}

function paramSchema(param: Param): Json {
  switch (param.kind) {
    case 'integer':
      return { type: 'integer', minimum: param.min, maximum: param.max }
    case 'choice':
      return { type: 'string', enum: param.choices }
    case 'choices':
      return { type: 'array', items: { type: 'string', enum: param.choices }, uniqueItems: true }
    case 'list':
      return { type: 'array', items: { type: 'string' }, maxItems: param.max }
    case 'instant':
      return { type: 'string', format: 'date-time' }
    case 'flag':
      return { type: 'boolean' }
    case 'day':
      return { type: 'string', format: 'date' }
    case 'decimal':
      return { type: 'string', pattern: '^[+-]?\\d{0,10}(\\.\\d{0,8})?$' }
    case 'ranges':
      return { type: 'array', items: { type: 'string', pattern: '^[^/]+/[^/]+$' }, maxItems: param.max }
    case 'duration':
      return { type: 'string', pattern: '^\\d+(us|ms|s|m|min|h|hour|d|day)$' }
    case 'text':
    case 'as-of':
    case 'cursor':
      return { type: 'string' }
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
    case 'decimal(18, 8)':
      return { type: 'string', pattern: '^-?\\d+(\\.\\d{1,8})?$' }
    case 'long':
      return { type: 'string', pattern: '^-?\\d+$' }
    case 'string':
      return { type: 'string' }
  }
}

const OFFSET = { type: 'string', pattern: '^\\d+$' }
const RANGES = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      topic: { type: 'string' },
      partition: { type: 'integer' },
      from: OFFSET,
      to: OFFSET,
      reason: { type: 'string' },
    },
  },
}

const NUMBER = { type: 'integer' }
const PLAN = {
  type: 'object',
  description: 'With explain=true: what was read for the answer',
  properties: {
    files_in_table: { ...NUMBER, description: 'Data files of the snapshot' },
    files: { ...NUMBER, description: 'Those that are read' },
    bytes: { ...NUMBER, description: 'Their size' },
    partitions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          exchange_date: { type: ['string', 'null'], format: 'date' },
          symbol_bucket: { type: ['integer', 'null'] },
          files: NUMBER,
        },
      },
    },
    row_groups: { ...NUMBER, description: 'Row groups of these files' },
    row_groups_read: { ...NUMBER, description: 'Those whose statistics cannot rule the question out' },
    rows_read: { ...NUMBER, description: 'Rows of those' },
    tail_records: { ...NUMBER, description: 'Offsets of the log behind the lake that are looked through' },
  },
}

const SNAPSHOT = { id: OFFSET, committed_at: { type: 'string', format: 'date-time' } }

const META = {
  type: 'object',
  description: 'The proof of an answer: what it covers, and what is known to be missing',
  properties: {
    count: { type: 'integer' },
    has_more: { type: 'boolean', description: 'More matched than the limit let through' },
    next_cursor: { type: ['string', 'null'], description: 'Asks for the rest, as it is now' },
    complete: { type: 'boolean' },
    reasons: { type: 'array', items: { type: 'string' }, description: 'Why it is not complete' },
    snapshot: {
      type: ['object', 'null'],
      description: 'What was read of the lake; null where nothing was, or several tables were',
      properties: SNAPSHOT,
    },
    snapshots: {
      type: 'array',
      items: { type: 'object', properties: { table: { type: 'string' }, ...SNAPSHOT } },
      description: 'Where several tables were read: what of each',
    },
    offsets: {
      type: 'object',
      additionalProperties: OFFSET,
      description: 'By topic/partition: the first offset that the answer does not cover',
    },
    from: {
      type: 'object',
      additionalProperties: OFFSET,
      description: 'Of an answer from the tail alone, by topic/partition: the first offset that it covers',
    },
    deferred: RANGES,
    rejected: RANGES,
    plan: PLAN,
    elapsed_ms: { type: 'number' },
  },
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
