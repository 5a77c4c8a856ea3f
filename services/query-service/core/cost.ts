/**
 * What an answer will read, told before any of it is read; beyond the limit the question is refused, with what to narrow.
 *
 *   shape   (question, files of its plan) -> the files it is full with; (question, files to read, limit) -> nothing, or
 *           K2Error QUESTION_TOO_LARGE; pure
 *   units   bytes as stored, of whole files: which row groups and columns of them are read, only their footers tell
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { PlannedFile } from '@k2/lake/table.ts'
import { formatDay } from '@k2/market/instant.ts'
import { bytesIn } from './explain.ts'
import type { DataQuestion } from './question.ts'

/**
 * Of a page of records the files that its rows are looked for in first: once it is full, statistics rule the others out. Files
 * are sorted by symbol, so that few row groups of a file are of one, and each row of its files counts as one of the page.
 * Other answers are of all rows.
 */
export function filesAhead(question: DataQuestion, files: readonly PlannedFile[]): readonly PlannedFile[] {
  const wanted = pageRows(question)
  if (wanted === undefined) return files
  const isNewestFirst = question.order === 'desc'
  const nearest = ({ micros }: PlannedFile) =>
    isNewestFirst ? -(micros?.upper ?? Number.POSITIVE_INFINITY) : (micros?.lower ?? Number.NEGATIVE_INFINITY)
  const farthest = ({ micros }: PlannedFile) =>
    isNewestFirst ? -(micros?.lower ?? Number.NEGATIVE_INFINITY) : (micros?.upper ?? Number.POSITIVE_INFINITY)
  const ahead: PlannedFile[] = []
  let rows = 0
  let end = Number.NEGATIVE_INFINITY
  for (const file of files.toSorted((a, b) => compared(nearest(a), nearest(b)))) {
    if (rows >= wanted) {
      // All that is wanted lies in front of it.
      if (nearest(file) > end) break
    } else end = Math.max(end, farthest(file))
    rows += file.rows
    ahead.push(file)
  }
  return ahead
}

/** undefined: all rows have to be looked at, however few are answered. */
function pageRows(question: DataQuestion): number | undefined {
  if (question.kind !== 'trades' && question.kind !== 'quotes' && question.kind !== 'asof') return undefined
  if ('countsGaps' in question) return undefined
  // A condition may let no row through. Ranges are in the plan.
  const { ranges: _, ...conditions } = question.conditions
  if (Object.keys(conditions).length > 0) return undefined
  // One more tells whether there are more.
  return question.limit + (question.offset ?? 0) + 1
}

const compared = (a: number, b: number): number => {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * Whether a question may be refused for what it reads. A later page never: its answer has begun. One that asks to be explained
 * is asked by somebody who looks at its cost. A list of symbols has nothing to ask for less of, and reads narrow columns.
 */
export const isBounded = (question: DataQuestion): boolean =>
  !question.explain && question.kind !== 'symbols' && !('cursor' in question && question.cursor !== undefined)

/** @param bytesMax 0: no limit */
export function checkCost(question: DataQuestion, files: readonly PlannedFile[], bytesMax: number): void {
  const bytes = bytesIn(files)
  if (bytesMax === 0 || bytes <= bytesMax || !isBounded(question)) return
  const count = files.length === 1 ? '1 data file' : `${files.length} data files`
  const sentences = [
    `The answer would read ${count} of ${sizeText(bytes)}, and K2_QUERY_BYTES_MAX lets it read ${sizeText(bytesMax)}.`,
    ...spanSaid(question, files),
    narrower(question, files, bytesMax),
  ]
  throw new K2Error('QUESTION_TOO_LARGE', sentences.join(' '), { bytes, bytesMax, files: files.length })
}

/** Of a range with an open end, as far as the files reach. */
function spanSaid({ filter }: DataQuestion, files: readonly PlannedFile[]): string[] {
  const open = [
    ...(filter.fromMicros === undefined ? ['start_time'] : []),
    ...(filter.toMicros === undefined ? ['end_time'] : []),
  ]
  const days = daysOf(files)
  if (open.length === 0 || days === undefined) return []
  const [first, last] = [days[0]![0], days.at(-1)![0]]
  return [`Without ${open.join(' and ')} it spans ${formatDay(first)} to ${formatDay(last)}.`]
}

function narrower(question: DataQuestion, files: readonly PlannedFile[], bytesMax: number): string {
  const hints = [...fewerDays(question, files, bytesMax), ...fewerSymbols(files, bytesMax)]
  if (hints.length > 0) return `Ask for less: ${hints.join('; ')}.`
  const isOfMany = bucketsOf(files).length > 1
  return isOfMany
    ? 'Ask for fewer symbols and a shorter time.'
    : 'Ask for a shorter time; where it is a day already, K2_QUERY_BYTES_MAX has to be raised.'
}

/** As many days from the end that its rows begin at as may be read. */
function fewerDays(question: DataQuestion, files: readonly PlannedFile[], bytesMax: number): string[] {
  const days = daysOf(files)
  // Of an as-of join they are of two tables, and quotes lie before their trades; others say their times in another way.
  if (days === undefined || question.kind === 'asof' || question.kind === 'summary') return []
  if ('conditions' in question && question.conditions.ranges !== undefined) return []
  const isNewestFirst = question.order === 'desc'
  let bytes = 0
  let edge: number | undefined
  for (const [day, of] of isNewestFirst ? days.toReversed() : days) {
    if (bytes + of > bytesMax) break
    bytes += of
    edge = day
  }
  if (edge === undefined) return []
  const asked = isNewestFirst ? `start_time=${formatDay(edge)}` : `end_time=${formatDay(edge + 1)}`
  return [`with ${asked} it reads ${sizeText(bytes)}`]
}

/** A symbol's records are in one bucket. */
function fewerSymbols(files: readonly PlannedFile[], bytesMax: number): string[] {
  const buckets = bucketsOf(files)
  const most = Math.max(...buckets)
  return buckets.length < 2 || most > bytesMax ? [] : [`with one symbol it reads ${sizeText(most)} at most`]
}

/** Bytes by day, in the order of days; undefined where a file is of none, or of another writer's. */
function daysOf(files: readonly PlannedFile[]): [day: number, bytes: number][] | undefined {
  const days = new Map<number, number>()
  for (const { day, sizeBytes } of files) {
    if (day === null || day === undefined) return undefined
    days.set(day, (days.get(day) ?? 0) + sizeBytes)
  }
  return files.length === 0 ? undefined : [...days].sort(([a], [b]) => a - b)
}

/** Bytes of each; none where a file is in no bucket. */
function bucketsOf(files: readonly PlannedFile[]): number[] {
  const buckets = new Map<number, number>()
  for (const { bucket, sizeBytes } of files) {
    if (bucket === undefined) return []
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + sizeBytes)
  }
  return [...buckets.values()]
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** As settings have sizes. */
function sizeText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const size = bytes / 1024 ** power
  return `${Number.isInteger(size) ? size : size.toFixed(1)} ${UNITS[power]}`
}
