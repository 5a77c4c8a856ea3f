/**
 * Statistics of a written file: from text, as COPY's RETURN_STATS gives them, to bytes, as a manifest has them.
 *
 *   shape   (TableSpec, texts by column) -> ColumnStats by field id; of a list, those of its elements
 *   units   sizeBytes: compressed; valueCount: with nulls, and for elements with empty lists, as Parquet counts them
 *   errors  none: a text that is not understood gives no bound, which prunes less and is never wrong
 *   source  Iceberg spec, "Manifests", "Single-value serialization"; Parquet's truncated text statistics are bounds too
 */
import type { Column, ColumnType, TableSpec } from '@k2/contracts/tables.ts'
import { lowerBound, upperBound } from '../iceberg/bounds.ts'
import type { ColumnStats } from '../table.ts'
import { quoteName } from './sql.ts'

/** `min`, `max`, `null_count`, `num_values` and `column_size_bytes` of a column. */
export type StatsText = Readonly<Record<string, string | undefined>>

/** @param texts by path of the column, quoted: `"symbol"`, `"trade_conditions"."element"` */
export function columnStats(spec: TableSpec, texts: ReadonlyMap<string, StatsText>): ColumnStats[] {
  return spec.columns.flatMap((column) => {
    const name = quoteName(column.name)
    const text = texts.get(column.elementId === undefined ? name : `${name}."element"`)
    return text === undefined ? [] : [statsOf(column, text)]
  })
}

function statsOf({ id, elementId, type }: Column, text: StatsText): ColumnStats {
  const min = text.min === undefined ? undefined : boundOf(type, text.min)
  const max = text.max === undefined ? undefined : boundOf(type, text.max)
  const lower = min === undefined ? undefined : lowerBound(type, min)
  const upper = max === undefined ? undefined : upperBound(type, max)
  return {
    fieldId: elementId ?? id,
    sizeBytes: Number(text.column_size_bytes),
    valueCount: Number(text.num_values),
    nullCount: Number(text.null_count),
    ...(lower && { lower }),
    ...(upper && { upper }),
  }
}

/** DuckDB's text of a value, as the value. Lists have no bounds, as in Iceberg's own writers. */
export function boundOf(type: ColumnType, text: string): string | number | bigint | boolean | undefined {
  switch (type) {
    case 'string':
    case 'uuid':
      return text
    case 'boolean':
      return text === '1' || text === 'true'
    case 'int':
      return Number(text)
    case 'long':
      return BigInt(text)
    case 'decimal(18, 8)':
      return /^-?\d+\.\d{8}$/.test(text) ? BigInt(text.replace('.', '')) : undefined
    case 'timestamptz':
      return micros(text)
    case 'list<string>':
      return undefined
  }
}

const TIMESTAMP = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?\+00$/

/** `1969-12-31 23:59:59.999999+00`; years before Christ or past JavaScript's 275760, and infinity, have no bound. */
function micros(text: string): bigint | undefined {
  const match = TIMESTAMP.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = ''] = match
  const time = new Date(0)
  time.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  time.setUTCHours(Number(hour), Number(minute), Number(second))
  if (Number.isNaN(time.getTime())) return undefined
  return BigInt(time.getTime()) * 1000n + BigInt(fraction.padEnd(6, '0'))
}
