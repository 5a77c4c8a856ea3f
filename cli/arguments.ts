/**
 * Arguments -> values by flag. What is not known is refused, with the nearest name that is; so is what is empty, for an
 * empty variable of a script would else mean "all".
 *
 *   shape   (arguments, flags, positionals) -> values by flag, or UsageError with all faults
 */
import { parseArgs } from 'node:util'
import { K2Error } from '@k2/contracts/codes.ts'
import { allowed, parse, type Setting } from '@k2/service/setting.ts'
import { nearest } from '@k2/service/spelling.ts'

interface FlagOf<Kind extends string> {
  /** Without its dashes. */
  readonly name: string
  readonly kind: Kind
  /** Other names, without their dashes; a letter has one. */
  readonly aliases?: readonly string[]
  readonly isList?: boolean
  readonly doc: string
}

export type Flag =
  | FlagOf<'text'>
  /** It comes before the environment. */
  | (FlagOf<'setting'> & { readonly setting: Setting })
  /** A whole number of 1 or more. */
  | FlagOf<'count'>
  /** More than 0. */
  | FlagOf<'number'>
  | (FlagOf<'choice'> & { readonly choices: readonly string[] })
  | FlagOf<'switch'>

export type Given = Readonly<Record<string, string | number | true | readonly string[] | undefined>>

/** It was asked wrongly, and nothing was done. */
export class UsageError extends K2Error {
  constructor(sentence: string) {
    super('INVALID_ARGUMENT', sentence)
  }
}

const COUNT = /^[1-9]\d{0,8}$/

export function readArguments(args: readonly string[], flags: readonly Flag[], positionals: readonly string[]): Given {
  const known = new Map(flags.flatMap((flag) => longNames(flag).map((name) => [name, flag] as const)))
  const given: Record<string, string | number | true | readonly string[]> = {}
  const faults: string[] = []

  function take(flag: Flag, called: string, text: string): void {
    const values = flag.isList ? text.split(',') : [text]
    const fault = values.map((value) => faultOf(flag, value)).find((found) => found !== undefined)
    const before = given[flag.name]
    if (fault !== undefined) faults.push(`${called} ${fault}`)
    else if (flag.isList) given[flag.name] = [...((before as readonly string[]) ?? []), ...values]
    else if (before !== undefined) faults.push(`${called} is given twice: give it once`)
    else given[flag.name] = flag.kind === 'count' || flag.kind === 'number' ? Number(text) : text
  }

  const places = positionals.map((name) => known.get(name)!)
  let place = 0
  // Behind a flag that is not known stands its value, and no fault of its own.
  let isValueOfUnknown = false
  for (const token of tokensOf(args, flags)) {
    if (token.kind === 'option') {
      const flag = known.get(token.name)
      isValueOfUnknown = flag === undefined && token.value === undefined
      if (flag === undefined) faults.push(unknown(token.rawName, known.keys()))
      else if (flag.kind !== 'switch') take(flag, token.rawName, token.value ?? '')
      else if (token.value === undefined) given[flag.name] = true
      else faults.push(`${token.rawName} takes no value`)
    } else if (isValueOfUnknown) {
      isValueOfUnknown = false
    } else if (token.kind === 'positional') {
      const flag = places[place]
      if (flag === undefined) faults.push(`"${token.value}" stands alone: a value comes behind the name of its flag`)
      else take(flag, flag.name, token.value)
      if (!flag?.isList) place++
    }
  }
  if (faults.length > 0)
    throw new UsageError(faults.map((fault) => (fault.endsWith('?') ? fault : `${fault}.`)).join('\n'))
  return given
}

const longNames = ({ name, aliases = [] }: Flag): string[] => [name, ...aliases.filter((alias) => alias.length > 1)]

function tokensOf(args: readonly string[], flags: readonly Flag[]) {
  const options = Object.fromEntries(
    flags.flatMap((flag) => {
      const type = flag.kind === 'switch' ? ('boolean' as const) : ('string' as const)
      const short = flag.aliases?.find((alias) => alias.length === 1)
      return longNames(flag).map((name) => [name, { type, ...(name === flag.name && short && { short }) }])
    }),
  )
  const spelled = args.map((arg) => (arg === '-h' ? '--help' : arg))
  return parseArgs({ args: spelled, options, strict: false, tokens: true, allowPositionals: true }).tokens
}

function faultOf(flag: Flag, text: string): string | undefined {
  if (text === '') return 'is empty: give it a value or leave it out'
  // No value of ours begins so: a flag stands where a value was forgotten.
  if (/^-(-|[a-z]$)/.test(text)) return `has no value: "${text}" is behind it`
  if (flag.kind === 'setting' && parse(flag.setting, text) === undefined)
    return `must be ${allowed(flag.setting)}, not "${text}"`
  if (flag.kind === 'count' && !COUNT.test(text)) return `is a whole number of 1 or more, not "${text}"`
  if (flag.kind === 'number' && !(Number(text) > 0 && Number.isFinite(Number(text))))
    return `is a number of more than 0, not "${text}"`
  if (flag.kind === 'choice' && !flag.choices.includes(text)) {
    const meant = nearest(text, flag.choices)
    return `is one of ${flag.choices.join(', ')}, not "${text}"${meant ? `: did you mean ${meant}?` : ''}`
  }
  return undefined
}

function unknown(rawName: string, known: Iterable<string>): string {
  const meant = nearest(
    rawName,
    Array.from(known, (name) => `--${name}`),
  )
  return `${rawName} is not a flag of this command${meant ? `: did you mean ${meant}?` : ''}`
}
