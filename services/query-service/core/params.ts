/**
 * What may be asked for, as data: each question is a table of parameters, and one reader turns text into a question,
 * whichever door it came through. All faults are found at once; an unknown parameter is a fault, for it would be
 * ignored in silence.
 *
 *   shape   (parameters, text by name) -> values by name, or faults
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { parseDecimal } from '@k2/market/decimal.ts'
import { dayOf, parseInstant } from '@k2/market/instant.ts'

interface ParamOf<Kind extends string, Value> {
  readonly kind: Kind
  readonly doc: string
  readonly required?: boolean
  readonly default?: Value
  /** Names that mean the same over REST: those of an older client. */
  readonly aliases?: readonly string[]
}

/** A moment of the table: a snapshot of it, or what had been committed by then. */
export type AsOf = { readonly snapshotId: bigint } | { readonly micros: number }

/** Event times, half open. */
export interface Range {
  readonly fromMicros: number
  readonly toMicros: number
}

export type Param =
  | ParamOf<'text', string>
  | (ParamOf<'list', readonly string[]> & { readonly max: number })
  | ParamOf<'instant', number>
  | (ParamOf<'integer', number> & { readonly min: number; readonly max: number })
  | (ParamOf<'choice', string> & {
      readonly choices: readonly string[]
      /** Other words for some of them. */
      readonly spellings?: Readonly<Record<string, string>>
    })
  /** Some of the names there are, in the order that is asked for. */
  | (ParamOf<'choices', readonly string[]> & {
      readonly choices: readonly string[]
      /** Words that stand for several of them. */
      readonly sets?: Readonly<Record<string, readonly string[]>>
    })
  | ParamOf<'as-of', AsOf>
  | ParamOf<'flag', boolean>
  | ParamOf<'cursor', string>
  /** A day of the calendar, as days since the epoch. */
  | ParamOf<'day', number>
  /** A price or quantity, as count of 10^-8. */
  | ParamOf<'decimal', bigint>
  /** µs; what is said of it is as it is given. */
  | (ParamOf<'duration', string> & { readonly min: string; readonly max: string })
  | (ParamOf<'ranges', readonly Range[]> & { readonly max: number })

export type Params = Readonly<Record<string, Param>>

type Value<P extends Param> = P extends { readonly kind: 'choice'; readonly choices: readonly (infer Choice)[] }
  ? Choice
  : P extends { readonly kind: 'list' | 'choices' }
    ? readonly string[]
    : P extends { readonly kind: 'instant' | 'integer' | 'day' | 'duration' }
      ? number
      : P extends { readonly kind: 'as-of' }
        ? AsOf
        : P extends { readonly kind: 'flag' }
          ? boolean
          : P extends { readonly kind: 'decimal' }
            ? bigint
            : P extends { readonly kind: 'ranges' }
              ? readonly Range[]
              : string

type Given<P extends Param> = P extends
  | { readonly required: true }
  | { readonly default: string | number | boolean | readonly string[] }
  ? Value<P>
  : Value<P> | undefined

export type Values<P extends Params> = { readonly [Name in keyof P]: Given<P[Name]> }

export interface ParamFault {
  readonly name: string
  readonly reason: string
}

/** As many as one would mend at once: a request of a megabyte has room for 100,000. */
const FAULTS_TOLD_MAX = 10

/** All faults in one sentence, where they are not too many for one. */
export function invalid(faults: readonly ParamFault[]): K2Error {
  const told = faults.slice(0, FAULTS_TOLD_MAX).map(({ name, reason }) => `${shown(name)} ${reason}`)
  const more = faults.length > told.length ? [`and ${faults.length - told.length} faults more`] : []
  return new K2Error('INVALID_ARGUMENT', `${[...told, ...more].join('; ')}.`)
}

const TEXT = /^[\w./:-]{1,64}$/

export function readParams<const P extends Params>(
  params: P,
  raw: Readonly<Record<string, string | undefined>>,
): Values<P> | readonly ParamFault[] {
  const known = new Set(Object.entries(params).flatMap(([name, param]) => namesOf(name, param)))
  const faults: ParamFault[] = []
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(raw)) {
    if (raw[name] !== undefined && !known.has(name)) {
      faults.push({ name, reason: `is not a parameter of this question; there are ${Object.keys(params).join(', ')}` })
    }
  }
  for (const [own, param] of Object.entries(params)) {
    const [name = own, twice] = namesOf(own, param).filter((name) => raw[name] !== undefined)
    const text = raw[name]
    if (twice !== undefined) {
      faults.push({ name: twice, reason: `is another name of ${own}, which stands there too: give one of them` })
      continue
    }
    if (text === '') {
      // It would else mean all: a trap for a client whose variable is empty.
      faults.push({ name, reason: 'is empty; give it a value or leave it out' })
      continue
    }
    if (text === undefined) {
      if (param.required) faults.push({ name, reason: 'is required' })
      else values[own] = param.kind === 'duration' ? durationOf(param.default ?? '') : param.default
      continue
    }
    const value = readOne(param, text)
    if (typeof value === 'object' && 'fault' in value) faults.push({ name, reason: value.fault })
    else values[own] = value
  }
  return faults.length > 0 ? faults : (values as Values<P>)
}

const namesOf = (name: string, { aliases = [] }: Param): readonly string[] => [name, ...aliases]

type Read =
  | string
  | number
  | bigint
  | boolean
  | readonly string[]
  | readonly Range[]
  | AsOf
  | { readonly fault: string }

function readOne(param: Param, text: string): Read {
  switch (param.kind) {
    case 'text':
      return TEXT.test(text) ? text : { fault: 'is 1 to 64 letters, digits or . / : _ -' }
    case 'list': {
      const items = text.split(',')
      if (items.length > param.max) return { fault: `names ${items.length}, and at most ${param.max} may be named` }
      return items.every((item) => TEXT.test(item)) ? items : { fault: 'is a list of names with commas between them' }
    }
    case 'instant':
      return parseInstant(text) ?? { fault: `is an ISO 8601 time such as 2014-03-10T00:00:00Z, not "${shown(text)}"` }
    case 'integer': {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
      return value >= param.min && value <= param.max
        ? value
        : { fault: `is a whole number from ${param.min} to ${param.max}, not "${shown(text)}"` }
    }
    case 'choice': {
      const { choices, spellings = {} } = param
      const word = Object.hasOwn(spellings, text) ? spellings[text]! : text
      return choices.includes(word) ? word : { fault: `is one of ${choices.join(', ')}, not "${shown(text)}"` }
    }
    case 'choices':
      return readChoices(param, text.split(','))
    case 'flag':
      return text === 'true' || text === 'false' ? text === 'true' : { fault: `is true or false, not "${shown(text)}"` }
    case 'as-of':
      return readAsOf(text) ?? { fault: `is a snapshot id or an ISO 8601 time, not "${shown(text)}"` }
    case 'cursor':
      // What it says is judged with the table at hand; here only that it can be one at all.
      return text
    case 'day': {
      const micros = /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseInstant(text) : undefined
      return micros === undefined ? { fault: `is a day such as 2014-03-10, not "${shown(text)}"` } : dayOf(micros)
    }
    case 'decimal': {
      const value = parseDecimal(text)
      return typeof value === 'bigint' ? value : { fault: `is ${value}: "${shown(text)}"` }
    }
    case 'duration': {
      const micros = durationOf(text)
      return micros !== undefined && micros >= durationOf(param.min)! && micros <= durationOf(param.max)!
        ? micros
        : { fault: `is a duration from ${param.min} to ${param.max}, such as 90s, 5m, 4h or 1d, not "${shown(text)}"` }
    }
    case 'ranges':
      return readRanges(text.split(','), param.max)
  }
}

// biome-ignore format: a table reads by its columns
const UNITS: Readonly<Record<string, number>> = {
  us: 1, ms: 1e3, s: 1e6, m: 6e7, min: 6e7, h: 3.6e9, hour: 3.6e9, d: 8.64e10, day: 8.64e10,
}

function durationOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})([a-z]+)$/.exec(text) ?? []
  const micros = Object.hasOwn(UNITS, unit ?? '') ? Number(count) * UNITS[unit!]! : undefined
  return micros !== undefined && Number.isSafeInteger(micros) ? micros : undefined
}

/** As ISO 8601 writes an interval: the start, a slash, the end. */
function readRanges(items: readonly string[], max: number): Read {
  if (items.length > max) return { fault: `names ${items.length}, and at most ${max} may be named` }
  const ranges: Range[] = []
  for (const item of items) {
    const [fromMicros, toMicros, ...more] = item.split('/').map(parseInstant)
    if (fromMicros === undefined || toMicros === undefined || more.length > 0 || fromMicros >= toMicros)
      return { fault: `is a start, a slash and an end behind it, not "${shown(item)}"` }
    ranges.push({ fromMicros, toMicros })
  }
  return ranges
}

function readChoices(
  { choices, sets = {} }: Extract<Param, { readonly kind: 'choices' }>,
  items: readonly string[],
): Read {
  const unknown = items.find((item) => !choices.includes(item) && !Object.hasOwn(sets, item))
  if (unknown !== undefined)
    return { fault: `names "${shown(unknown)}"; there are ${[...choices, ...Object.keys(sets)].join(', ')}` }
  if (new Set(items).size < items.length) return { fault: 'names one twice' }
  return [...new Set(items.flatMap((item) => sets[item] ?? [item]))]
}

const INT64_MAX = 2n ** 63n - 1n

/** A time has dashes, an id is digits alone. */
function readAsOf(text: string): AsOf | undefined {
  if (/^\d{1,19}$/.test(text)) return BigInt(text) <= INT64_MAX ? { snapshotId: BigInt(text) } : undefined
  const micros = parseInstant(text)
  return micros === undefined ? undefined : { micros }
}

const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
