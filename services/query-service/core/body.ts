/**
 * The body of a POST as the text that a GET would have sent. Its fields are those of the gRPC request, in the proto's
 * spelling: a list of symbols is `symbols`.
 *
 *   shape   (body, parameters) -> names and texts, or K2Error INVALID_ARGUMENT
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Param, Params } from './params.ts'

// biome-ignore format: a list reads by its line
const PLURALS: Readonly<Record<string, string>> = {
  symbol: 'symbols', exchange: 'exchanges', side: 'sides', range: 'ranges', metric: 'metrics', timeframe: 'timeframes',
  status: 'statuses',
}
const LISTS: readonly Param['kind'][] = ['list', 'choices', 'ranges']

/** What a message calls a parameter. */
export const fieldName = (name: string, { kind }: Param): string =>
  (LISTS.includes(kind) ? PLURALS[name] : undefined) ?? name

/** Names of a body's field beside that one: the parameter's own, and those of an older client. */
export const otherNames = (name: string, param: Param): readonly string[] => [
  ...(fieldName(name, param) === name ? [] : [name]),
  ...(param.aliases ?? []),
]

export function bodyTexts(body: unknown, params: Params): [name: string, text: string][] {
  if (body === undefined || body === null) return []
  if (typeof body !== 'object' || Array.isArray(body)) throw invalid('The body is a JSON object of parameters.')
  const names = new Map(Object.entries(params).map(([name, param]) => [fieldName(name, param), name]))
  return Object.entries(body).flatMap(([field, value]): [string, string][] =>
    isAbsent(value) ? [] : [[names.get(field) ?? field, textOf(field, value)]],
  )
}

/** As in a message, where an empty list is one that was not given. */
const isAbsent = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0)

function textOf(field: string, value: unknown): string {
  return Array.isArray(value) ? listText(value.map((item) => plain(field, item))) : plain(field, value)
}

/** A list as one text. @throws K2Error INVALID_ARGUMENT where it would be read as another one */
export function listText(items: readonly string[]): string {
  const parted = items.find((item) => item.includes(','))
  if (parted !== undefined) throw invalid(`"${parted}" in a list has a comma, which no name has: give each by itself.`)
  return items.join(',')
}

/** Digits that every double keeps. */
const DIGITS_MAX = 15

function plain(field: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') throw invalid(`${field} is a value or a list of values, not an object.`)
  const text = String(value)
  if (text.replaceAll(/\D/g, '').length > DIGITS_MAX)
    throw invalid(`${field} has more digits than a JSON number keeps. Send it as text.`)
  return text
}

const invalid = (sentence: string): K2Error => new K2Error('INVALID_ARGUMENT', sentence)
