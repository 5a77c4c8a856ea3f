/**
 * One setting: what may be written for it, and the value that it becomes.
 *
 *   shape   (Setting, text) -> value | Fault; no environment
 *   units   a number is in the setting's own `unit`, and so is text without a suffix; "5s" and "64MiB" are converted
 */

interface Common {
  /** Its name in the environment: K2_…, or the usual one of what it reaches (KAFKA_BROKERS, AWS_REGION). */
  readonly env: string
  /** Why it is there, and what it changes. */
  readonly doc: string
  /** Absent is undefined. A setting with neither this nor a default is required. */
  readonly optional?: true
}

export const DURATION_MS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const
export const SIZE_BYTES = {
  bytes: 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
} as const

interface Range {
  readonly min?: number
  readonly max?: number
  readonly default?: number
}

// biome-ignore format: a table reads by its columns
export type Setting = Common & (
  | { readonly kind: 'string';   readonly unit?: string; readonly default?: string; readonly matches?: RegExp }
  | { readonly kind: 'integer';  readonly unit: string } & Range
  | { readonly kind: 'number';   readonly unit: string } & Range
  | { readonly kind: 'duration'; readonly unit: keyof typeof DURATION_MS } & Range
  | { readonly kind: 'bytes';    readonly unit: keyof typeof SIZE_BYTES } & Range
  | { readonly kind: 'boolean';  readonly default?: boolean }
  | { readonly kind: 'choice';   readonly choices: readonly string[]; readonly default?: string }
  | { readonly kind: 'list';     readonly unit?: string; readonly default?: readonly string[]; readonly matches?: RegExp; readonly choices?: readonly string[] }
  | { readonly kind: 'secret' }
)

/** A value that prints as [secret] in logs, JSON and consoles; `reveal()` where it is used and nowhere else. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}

export type Value = string | number | boolean | readonly string[] | Secret

const TRUE = ['true', '1', 'yes', 'on']
const FALSE = ['false', '0', 'no', 'off']
const MEASURE = /^(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/

/** What may be written for it, as the end of a sentence. */
export function allowed(setting: Setting): string {
  switch (setting.kind) {
    case 'string':
      return `text${setting.unit ? `: ${setting.unit}` : ''}${matching(setting.matches)}`
    case 'integer':
      return `a whole number${between(setting)} (${setting.unit})`
    case 'number':
      return `a number${between(setting)} (${setting.unit})`
    case 'duration':
      return `a duration${between(setting)} in ${setting.unit}, or with one of ${Object.keys(DURATION_MS).join(', ')}`
    case 'bytes':
      return `a size${between(setting)} in ${setting.unit}, or with one of ${Object.keys(SIZE_BYTES).slice(1).join(', ')}`
    case 'boolean':
      return 'true or false'
    case 'choice':
      return `one of ${setting.choices.join(', ')}`
    case 'list':
      return `a list${setting.unit ? ` of ${setting.unit}` : ''}, separated by commas${among(setting.choices)}${matching(setting.matches)}`
    case 'secret':
      return 'text that is kept secret'
  }
}

/** The value that the text stands for, undefined where it is not allowed. */
export function parse(setting: Setting, text: string): Value | undefined {
  switch (setting.kind) {
    case 'string':
      return setting.matches?.test(text) === false ? undefined : text
    case 'integer':
      return inRange(setting, /^-?\d+$/.test(text) ? Number(text) : Number.NaN, true)
    case 'number':
      return inRange(setting, /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN, false)
    case 'duration':
      return inRange(setting, measure(text, DURATION_MS, setting.unit), true)
    case 'bytes':
      return inRange(setting, measure(text, SIZE_BYTES, setting.unit), true)
    case 'boolean':
      return truth(text.toLowerCase())
    case 'choice':
      return setting.choices.includes(text) ? text : undefined
    case 'list':
      return parseList(
        setting,
        text.split(',').flatMap((item) => item.trim() || []),
      )
    case 'secret':
      return new Secret(text)
  }
}

/** A value given by our own code, checked as if it had been written. */
export function check(setting: Setting, value: Value): Value | undefined {
  if (typeof value === 'string') return parse(setting, value)
  if (value instanceof Secret) return setting.kind === 'secret' ? value : undefined
  if (typeof value === 'object') return setting.kind === 'list' ? parseList(setting, value) : undefined
  if (typeof value === 'boolean') return setting.kind === 'boolean' ? value : undefined
  return setting.kind === 'boolean' || setting.kind === 'string' ? undefined : parse(setting, String(value))
}

type ListSetting = Extract<Setting, { kind: 'list' }>

function parseList(setting: ListSetting, items: readonly string[]): readonly string[] | undefined {
  const fits = (item: string) => setting.matches?.test(item) !== false && setting.choices?.includes(item) !== false
  return items.every(fits) ? Object.freeze([...items]) : undefined
}

function truth(text: string): boolean | undefined {
  if (TRUE.includes(text)) return true
  return FALSE.includes(text) ? false : undefined
}

function measure(text: string, scales: Readonly<Record<string, number>>, unit: string): number {
  const [, digits, suffix] = MEASURE.exec(text) ?? []
  if (digits === undefined) return Number.NaN
  return (Number(digits) * (scales[suffix || unit] ?? Number.NaN)) / scales[unit]!
}

function inRange({ min, max }: Range, value: number, whole: boolean): number | undefined {
  if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) return undefined
  return value < (min ?? -Infinity) || value > (max ?? Infinity) ? undefined : value
}

function between({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of ${min} or more`
  return max === undefined ? '' : ` of ${max} or less`
}

const matching = (pattern?: RegExp): string => (pattern ? ` (${pattern})` : '')
const among = (choices?: readonly string[]): string => (choices ? `, of ${choices.join(', ')}` : '')
