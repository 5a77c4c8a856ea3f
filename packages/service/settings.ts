/**
 * Settings: declared once as data, read once, checked together, frozen, listed. The only reader of process.env.
 *
 *   const SETTINGS = defineSettings({
 *     httpPort: { env: 'K2_HTTP_PORT', kind: 'integer', min: 0, max: 65535, default: 8080, unit: 'port', doc: '…' },
 *   })
 *   const settings = readSettings(SETTINGS)    // { readonly httpPort: number }
 *
 *   errors  K2Error SETTINGS_INVALID with a sentence for each fault, all at once
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { allowed, check, parse, Secret, type Setting, type Value } from './setting.ts'
import { nearest } from './spelling.ts'

export { Secret, type Setting } from './setting.ts'

export type SettingsSpec = Readonly<Record<string, Setting>>

// biome-ignore format: a table reads by its columns
type ValueOf<S extends Setting> =
  S extends { kind: 'integer' | 'number' | 'duration' | 'bytes' }  ? number :
  S extends { kind: 'boolean' }                                    ? boolean :
  S extends { kind: 'choice'; choices: readonly (infer C)[] }      ? C :
  S extends { kind: 'list'; choices: readonly (infer C)[] }        ? readonly C[] :
  S extends { kind: 'list' }                                       ? readonly string[] :
  S extends { kind: 'secret' }                                     ? Secret : string

/** What readSettings gives for a spec. */
export type Settings<Spec extends SettingsSpec> = {
  readonly [K in keyof Spec]: ValueOf<Spec[K]> | (Spec[K] extends { optional: true } ? undefined : never)
}

/** Values that come before the environment: typed by our own code, or as text from a command line. */
export type Overrides<Spec extends SettingsSpec> = {
  readonly [K in keyof Spec]?: ValueOf<Spec[K]> | string | undefined
}

// Every name that a spec of this process declares. One process may hold six services: what is another's setting is
// not a slip in the name of ours.
const declared = new Set<string>()

/** Declares settings. A default outside its own limits is a bug and throws. */
export function defineSettings<const Spec extends SettingsSpec>(spec: Spec): Spec {
  for (const [key, setting] of Object.entries<Setting>(spec)) {
    const fallback = defaultOf(setting)
    if (fallback !== undefined && check(setting, fallback) === undefined) {
      throw new Error(`the default of setting ${key} is not ${allowed(setting)}`)
    }
    declared.add(setting.env)
  }
  return Object.freeze(spec)
}

/**
 * Reads and checks every setting: overrides first, then the environment, then defaults. An empty variable counts as
 * absent, since compose and Helm write one for a value that is not given.
 */
export function readSettings<Spec extends SettingsSpec>(
  spec: Spec,
  overrides: Overrides<Spec> = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): Settings<Spec> {
  const faults: string[] = []
  const values: Record<string, Value | undefined> = {}
  for (const [key, setting] of Object.entries<Setting>(spec)) {
    const given = overrides[key] as Value | undefined
    const text = env[setting.env]?.trim() || undefined
    if (given !== undefined) values[key] = check(setting, given)
    else if (text !== undefined) values[key] = parse(setting, text)
    else values[key] = defaultOf(setting)
    if (values[key] === undefined) faults.push(...faultOf(setting, given ?? text))
  }
  faults.push(...slips(spec, env))
  if (faults.length > 0) {
    const many = faults.length === 1 ? 'one setting is wrong' : `${faults.length} settings are wrong`
    throw new K2Error('SETTINGS_INVALID', `${many}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  }
  return Object.freeze(values) as Settings<Spec>
}

/** A line of `--settings` and of docs/settings.md. */
export interface SettingRow {
  readonly name: string
  readonly unit: string
  /** As it would be written; 'required' or '' (optional) where there is none. */
  readonly default: string
  readonly allowed: string
  readonly doc: string
}

/** The settings as rows, in the order of their declaration; never a secret. */
export function describeSettings(spec: SettingsSpec): SettingRow[] {
  return Object.values(spec).map((setting) => ({
    name: setting.env,
    unit: ('unit' in setting ? setting.unit : undefined) ?? '',
    default: shownDefault(setting),
    allowed: allowed(setting),
    doc: setting.doc,
  }))
}

/** The rows as text for a terminal. */
export function settingsTable(spec: SettingsSpec): string {
  const head = { name: 'name', unit: 'unit', default: 'default', doc: 'why' }
  const rows = [head, ...describeSettings(spec)]
  const width = (column: 'name' | 'unit' | 'default') => Math.max(...rows.map((row) => row[column].length))
  const [name, unit, fallback] = [width('name'), width('unit'), width('default')]
  return rows
    .map((row) => `${row.name.padEnd(name)}  ${row.unit.padEnd(unit)}  ${row.default.padEnd(fallback)}  ${row.doc}\n`)
    .join('')
}

function defaultOf(setting: Setting): Value | undefined {
  return 'default' in setting ? setting.default : undefined
}

function shownDefault(setting: Setting): string {
  const fallback = defaultOf(setting)
  if (fallback === undefined) return setting.optional ? '' : 'required'
  return withoutPassword(String(fallback))
}

function faultOf(setting: Setting, given: Value | undefined): string[] {
  if (given === undefined) {
    return setting.optional ? [] : [`${setting.env} is missing: it must be ${allowed(setting)}. ${setting.doc}`]
  }
  const shown = setting.kind === 'secret' || given instanceof Secret ? '' : ` is "${withoutPassword(String(given))}":`
  return [`${setting.env}${shown} must be ${allowed(setting)}`]
}

function slips(spec: SettingsSpec, env: Readonly<Record<string, string | undefined>>): string[] {
  const known = Object.values(spec).map((setting) => setting.env)
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('K2_') || declared.has(name) || known.includes(name)) return []
    const meant = nearest(name, known)
    return meant ? [`${name} is not a setting: did you mean ${meant}?`] : []
  })
}

const withoutPassword = (text: string): string => text.replace(/\/\/[^/@\s]*@/g, '//***@')
