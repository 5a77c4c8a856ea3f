/**
 * Pieces of SQL text: the only place where a name or a literal is put into a statement. Values of questions are bound
 * as parameters where they are not plain; table names, column names and file paths cannot be, and come through here.
 */
import type { ColumnType } from '@k2/contracts/tables.ts'
import type { Param } from './params.ts'

/** An identifier, whatever it holds. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text literal, whatever it holds but NUL, which no DuckDB statement can. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`

const PLAIN = /^[\w./: -]*$/

/** A value as text of a statement; undefined where it holds anything that could be more than a value: then bind it. */
export function plainSql(param: Param): string | undefined {
  if (typeof param === 'string') return PLAIN.test(param) ? quoteText(param) : undefined
  if (typeof param === 'bigint' || Number.isSafeInteger(param)) return `(${param})::BIGINT`
  if (Array.isArray(param)) {
    const items = param.map(plainSql)
    return items.includes(undefined) ? undefined : `[${items.join(', ')}]::VARCHAR[]`
  }
  if (param !== null && typeof param === 'object' && 'micros' in param)
    return `make_timestamptz((${param.micros})::BIGINT)`
  return undefined
}

/** A path for a function that would glob: its own *, ? and [ stand for themselves. */
export const quotePath = (path: string): string => quoteText(path.replaceAll(/[[*?]/g, '[$&]'))

// biome-ignore format: a table reads by its columns
const SQL_TYPES: Record<ColumnType, string> = {
  'string':         'VARCHAR',
  'uuid':           'UUID',
  'timestamptz':    'TIMESTAMPTZ',
  'decimal(18, 8)': 'DECIMAL(18,8)',
  'long':           'BIGINT',
  'int':            'INTEGER',
  'boolean':        'BOOLEAN',
  'list<string>':   'VARCHAR[]',
}

export const sqlType = (type: ColumnType): string => SQL_TYPES[type]
