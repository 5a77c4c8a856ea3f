/** Formats of answers at the REST door: their media types, and which one a request asks for. */
import { K2Error } from '@k2/contracts/codes.ts'
import { takenOf } from '@k2/service/accept.ts'
import type { Format } from './core/question.ts'

// biome-ignore format: a table reads by its columns
export const TYPES: Readonly<Record<Format, string>> = {
  json:    'application/json; charset=utf-8',
  ndjson:  'application/x-ndjson; charset=utf-8',
  csv:     'text/csv; charset=utf-8',
  arrow:   'application/vnd.apache.arrow.stream',
  parquet: 'application/vnd.apache.parquet',
}

const mediaType = (format: Format): string => TYPES[format].split(';', 1)[0]!

/**
 * What Accept asks for, of these formats; undefined where it says nothing. Of equal quality it is the one named first.
 * @throws K2Error NOT_ACCEPTABLE
 */
export function formatIn(accept: string | undefined, formats: readonly Format[]): Format | undefined {
  if (accept === undefined || accept.trim() === '') return undefined
  const taken = takenOf(accept, formats.map(mediaType))
  const [best] = taken.toSorted((a, b) => b.quality - a.quality || a.at - b.at)
  if (best !== undefined) return formats.find((format) => mediaType(format) === best.offer)
  throw new K2Error(
    'NOT_ACCEPTABLE',
    `This is answered as ${formats.map(mediaType).join(', ')}. Accept one of them, or leave Accept out.`,
  )
}
