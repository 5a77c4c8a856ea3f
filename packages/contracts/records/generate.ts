/**
 * HOT PATH (`npm run bench -- sink`, "decode"). Makes a function of a writer's schema: one call a record, which moves
 * each field from the cursor to its column. It is text that V8 compiles, and not a list of closures, so that each field
 * has its own call site, which V8 can inline.
 *
 *   shape   (kind, the table's columns, writer's schema) -> Plan, made once for each schema. Where the writer's types
 *           differ from today's in more than order, absence, nullability and enum symbols, avsc is to resolve them
 *   errors  SCHEMA_INCOMPATIBLE where today's schema cannot read the writer's, as avsc decides it
 *
 * Nothing of a schema but numbers gets into the text: symbols and defaults are handed over as values.
 */
import type avro from 'avsc'
import type { Column } from '../tables.ts'
import { avroType, type Kind, resolverOf, TYPES } from './avro.ts'
import { type Cursor, NO_BRANCH } from './cursor.ts'
import type { AnyColumn } from './table-columns.ts'

/** Reads a record's fields into `row`; the second cursor reads defaults. */
export type Read = (cursor: Cursor, columns: readonly AnyColumn[], row: number, defaults: Cursor) => void

export type Plan = { readonly read: Read } | { readonly resolver: avro.Resolver }

/** Schemas are few; a registry that is fed new ones without end must not fill the memory. */
const PLANS_MAX = 1024
/** By the columns, for a reader may want fewer than a table has; then by kind and schema. */
const plansBy = new WeakMap<readonly Column[], Map<string, Plan>>()

export function planOf(kind: Kind, columns: readonly Column[], schema: string): Plan {
  const key = `${kind} ${schema}`
  const plans = plansBy.get(columns) ?? new Map<string, Plan>()
  plansBy.set(columns, plans)
  let plan = plans.get(key)
  if (plan === undefined) {
    if (plans.size >= PLANS_MAX) plans.clear()
    plan = makePlan(kind, columns, schema)
    plans.set(key, plan)
  }
  return plan
}

/** What avsc's types have that its declarations leave out or keep apart. */
interface Shape {
  readonly typeName: string
  readonly types?: readonly Shape[]
  readonly fields?: readonly FieldShape[]
  readonly symbols?: readonly string[]
  readonly default?: string
  readonly itemsType?: Shape
  readonly valuesType?: Shape
  readonly underlyingType?: Shape
  readonly size?: number
}

interface FieldShape {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: Shape & Pick<avro.Type, 'toBuffer'>
  defaultValue(): unknown
}

/** The writer's type is none that the generator can read as the reader's. */
class Unlike extends Error {}

function makePlan(kind: Kind, columns: readonly Column[], schema: string): Plan {
  const resolver = resolverOf(kind, schema)
  const reader = TYPES[kind] as unknown as Shape
  if (resolver === undefined) return { read: generate(reader, reader, columns) }
  try {
    return { read: generate(reader, avroType(schema) as unknown as Shape, columns) }
  } catch (error) {
    if (error instanceof Unlike) return { resolver }
    throw error
  }
}

function generate(reader: Shape, writer: Shape, columns: readonly Column[]): Read {
  const known = reader.fields ?? []
  if (writer.fields === undefined || known.some(({ aliases }) => aliases.length > 0)) throw new Unlike()
  const values: unknown[] = []
  const value = (one: unknown): string => `v[${values.push(one) - 1}]`
  const move = (field: FieldShape, type: Shape, cursor: string): string => {
    // Its value is the log's offset, and not what the record says.
    const at = field.name === 'platform_sequence' ? -1 : columns.findIndex(({ name }) => name === field.name)
    return moving({ cursor, value, at, column: columns[at]?.type }, field.type, type)
  }
  const lines = writer.fields.map(({ name, type }) => {
    const field = known.find((one) => one.name === name)
    return field === undefined ? skipping('c', type) : move(field, type, 'c')
  })
  for (const field of known) {
    if (writer.fields.some(({ name }) => name === field.name)) continue
    const bytes = field.type.toBuffer(field.defaultValue())
    lines.push(`d.set(${value(bytes)},0,${bytes.length})`, move(field, field.type, 'd'))
  }
  return new Function('v', `return function read(c,k,row,d){\n${lines.join('\n')}\n}`)(values) as Read
}

interface Target {
  /** Name of the cursor to read from. */
  readonly cursor: string
  readonly value: (one: unknown) => string
  /** Of the column; -1 where the value is read and dropped. */
  readonly at: number
  readonly column: Column['type'] | undefined
}

/** A field that the reader knows; a null, or a value in front of which it says that it is none. */
function moving(target: Target, reader: Shape, writer: Shape): string {
  const branches = reader.types ?? [reader]
  const wanted = branches.filter(({ typeName }) => typeName !== 'null')
  if (wanted.length !== 1) throw new Unlike()
  return switched(target.cursor, writer, (type) => {
    if (type.typeName !== 'null') {
      const call = callOf(target, wanted[0]!, type)
      return target.at < 0 ? skipping(target.cursor, type) : `k[${target.at}].${call}`
    }
    if (wanted.length === branches.length) throw new Unlike()
    return target.at < 0 ? '' : `k[${target.at}].none(row)`
  })
}

function switched(cursor: string, writer: Shape, one: (type: Shape) => string): string {
  if (writer.types === undefined) return one(writer)
  const cases = writer.types.map((type, i) => `case ${i}:${one(type)};break`).join(';')
  return `switch(${cursor}.index(${writer.types.length},${JSON.stringify(NO_BRANCH)})){${cases}}`
}

const isText = (type: Shape | undefined): boolean => type?.typeName === 'string' || type?.typeName === 'bytes'

/** The call of a column's method that reads what the writer wrote. */
function callOf({ cursor, value, column }: Target, reader: Shape, writer: Shape): string {
  const call = (method: string, isLike: boolean): string => {
    if (!isLike) throw new Unlike()
    return `${method}(${cursor},row)`
  }
  switch (reader.typeName) {
    case 'string':
      return call(column === 'uuid' ? 'uuid' : 'text', isText(writer))
    case 'boolean':
      return call('boolean', writer.typeName === 'boolean')
    case 'abstract:long':
      return call(column === 'timestamptz' ? 'time' : 'long', writer.typeName === 'abstract:long')
    case 'logical:decimal':
      return call('decimal', writer.underlyingType?.typeName === 'bytes')
    case 'array':
      return call('list', writer.typeName === 'array' && isText(writer.itemsType))
    case 'map':
      return call('map', writer.typeName === 'map' && isText(writer.valuesType))
    case 'enum': {
      if (writer.symbols === undefined || reader.symbols === undefined) throw new Unlike()
      const known = reader.symbols
      const symbols = writer.symbols.map((one) => Buffer.from(known.includes(one) ? one : reader.default!))
      return `symbol(${cursor},row,${value(symbols)})`
    }
    default:
      throw new Unlike()
  }
}

/** A value that nobody reads; types that can be without a byte, or within themselves, are avsc's. */
function skipping(cursor: string, type: Shape): string {
  switch (type.typeName) {
    case 'null':
      return ''
    case 'boolean':
      return `${cursor}.skip(1)`
    case 'float':
      return `${cursor}.skip(4)`
    case 'double':
      return `${cursor}.skip(8)`
    case 'int':
    case 'abstract:long':
    case 'enum':
      return `${cursor}.long()`
    case 'string':
    case 'bytes':
      return `${cursor}.skip(${cursor}.length())`
    case 'fixed':
      return `${cursor}.skip(${type.size})`
    case 'array':
      return `${cursor}.blocks(function(c){${skipping('c', withBytes(type.itemsType!))}})`
    case 'map':
      return `${cursor}.blocks(function(c){c.skip(c.length());${skipping('c', type.valuesType!)}})`
    default:
      if (type.types !== undefined) return switched(cursor, type, (branch) => skipping(cursor, branch))
      if (type.underlyingType !== undefined) return skipping(cursor, type.underlyingType)
      throw new Unlike()
  }
}

function withBytes(type: Shape): Shape {
  if (type.typeName === 'null' || type.size === 0) throw new Unlike()
  return type
}
