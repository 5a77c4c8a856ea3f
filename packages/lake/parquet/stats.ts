/**
 * What is said of a column's values: in a row group's footer, and in a manifest of the whole file.
 *
 *   shape   extremes of a chunk -> PLAIN bytes for Parquet, single-value bytes for Iceberg. Pure
 *   limits  texts are cut to 16 code points in both, the upper one upwards: bounds, then, no longer values
 *   source  Parquet format, Statistics (min_value, is_min_value_exact); Iceberg spec, appendix D
 */
import type { ColumnType } from '@k2/contracts/tables.ts'
import { lowerBound, upperBound } from '../iceberg/bounds.ts'
import type { ColumnStats } from '../table.ts'
import type { Chunk, Extreme } from './chunk.ts'
import type { FileColumn, Statistics } from './schema.ts'

/** 16 code points are no more: what lies behind decides nothing, and need not be decoded. */
const DECODED_MAX = 17 * 4

export interface Summary {
  sizeBytes: number
  valueCount: number
  nullCount: number
  min: Extreme | undefined
  max: Extreme | undefined
}

export const emptySummary = (): Summary => ({
  sizeBytes: 0,
  valueCount: 0,
  nullCount: 0,
  min: undefined,
  max: undefined,
})

export function addChunk(summary: Summary, { valueCount, nullCount, min, max }: Chunk, sizeBytes: number): void {
  summary.sizeBytes += sizeBytes
  summary.valueCount += valueCount
  summary.nullCount += nullCount
  if (min !== undefined && (summary.min === undefined || order(min, summary.min) < 0)) summary.min = min
  if (max !== undefined && (summary.max === undefined || order(max, summary.max) > 0)) summary.max = max
}

function order(a: Extreme, b: Extreme): number {
  if (typeof a === 'bigint' || typeof b === 'bigint') return a < b ? -1 : Number(a > b)
  return Buffer.compare(a, b)
}

export function columnStats(fieldId: number, type: ColumnType, summary: Summary): ColumnStats {
  const { sizeBytes, valueCount, nullCount } = summary
  const lower = summary.min === undefined ? undefined : icebergBound(type, summary.min, lowerBound)
  const upper = summary.max === undefined ? undefined : icebergBound(type, summary.max, upperBound)
  return { fieldId, sizeBytes, valueCount, nullCount, ...(lower && { lower }), ...(upper && { upper }) }
}

function icebergBound(type: ColumnType, value: Extreme, bound: typeof upperBound): Uint8Array | undefined {
  if (type === 'boolean') return bound(type, value === 1n)
  if (typeof value === 'bigint') return bound(type, value)
  return type === 'string' ? bound(type, beginning(value)) : value
}

const beginning = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, DECODED_MAX)).toString()

/** Of wide decimals there are none. */
export function chunkStatistics(type: FileColumn['type'], { nullCount, min, max }: Chunk): Statistics {
  if (min === undefined || max === undefined) return { nullCount, isMinExact: true, isMaxExact: true }
  const lower = plain(type as ColumnType, min, lowerBound)!
  const upper = plain(type as ColumnType, max, upperBound)
  return {
    nullCount,
    min: lower,
    ...(upper && { max: upper }),
    isMinExact: typeof min === 'bigint' || lower.length === min.length,
    isMaxExact: typeof max === 'bigint' || upper === undefined || Buffer.compare(upper, max) === 0,
  }
}

function plain(type: ColumnType, value: Extreme, bound: typeof upperBound): Uint8Array | undefined {
  if (type !== 'decimal(18, 8)' || typeof value !== 'bigint') return icebergBound(type, value, bound)
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}
