/**
 * Pieces of SQL text: the only place where a name or a literal is put into a statement. Values of questions are bound
 * as parameters; table names, column names and file paths cannot be, and come through here.
 */
import type { ColumnType } from '@k2/contracts/tables.ts'

/** An identifier, whatever it holds. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text literal, whatever it holds but NUL, which no DuckDB statement can. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`

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
