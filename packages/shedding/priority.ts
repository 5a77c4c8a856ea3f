/**
 * Who comes first in a storm: tiers of symbols by exchange, and for each level how much of them is taken in.
 *
 *   shape   (tiers, exchange, kind, symbol) -> priority; (lines, level) -> priorities that are kept; pure
 *   source  SPEC "degradation-controller"; the records' decisions on load shedding: 20 symbols of tier 1, 40 of tier 2
 */
import { LEVEL_NAMES, type Level } from '@k2/contracts/degradation.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'

/** In the order in which they are kept. */
export const PRIORITIES = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW'] as const
export type Priority = (typeof PRIORITIES)[number]

/** Symbols of an exchange, or of every exchange without tiers of its own: the name ANY_EXCHANGE. */
export interface Tiers {
  readonly critical: readonly string[]
  readonly high: readonly string[]
}

export const ANY_EXCHANGE = '*'

/** For each level how many priorities are kept: 4 is all of them. */
export type Lines = readonly [number, number, number, number, number]

export interface SheddingRules {
  readonly tiers: Readonly<Record<string, Tiers>>
  readonly lines: Lines
}

const words = (text: string): readonly string[] => text.split(' ')
const CRYPTO: Tiers = { critical: ['BTCUSDT', 'ETHUSDT'], high: [] }

export const DEFAULT_TIERS: Readonly<Record<string, Tiers>> = {
  ASX: {
    critical: words('BHP CBA CSL NAB WBC ANZ WES MQG RIO TLS WOW FMG NCM STO WPL AMC GMG TCL COL ALL'),
    high: words(
      'REA QAN BXB ORG JHX CPU SHL ASX IAG APA S32 MIN SGP AGL RMD SEK ORI QBE MPL AZJ ' +
        'WHC LLC SCG EVN JBH DXS GPT MGR NST BOQ ILU ALX VCX SDF CHC TAH ALU IPL HVN ORA',
    ),
  },
  BINANCE: CRYPTO,
  BINANCEUS: CRYPTO,
}

// biome-ignore format: a table reads by its columns
export const PRESETS = {
  /** GRACEFUL defers LOW, AGGRESSIVE NORMAL too, CIRCUIT_BREAK HIGH too. */
  standard: [4, 4, 3, 2, 1],
  /** GRACEFUL defers NORMAL and LOW, AGGRESSIVE HIGH too, CIRCUIT_BREAK everything. */
  strict:   [4, 4, 2, 1, 0],
} as const satisfies Record<string, Lines>

export type Preset = keyof typeof PRESETS

/** Reference data is LOW whatever its symbol; a record without a symbol is NORMAL. */
export function priorityOf(
  tiers: SheddingRules['tiers'],
  { exchange, kind }: Pick<MarketTopic, 'exchange' | 'kind'>,
  symbol: string | null,
): Priority {
  if (kind === 'reference') return 'LOW'
  const own = tiers[exchange] ?? tiers[ANY_EXCHANGE]
  if (symbol === null || own === undefined) return 'NORMAL'
  if (own.critical.includes(symbol)) return 'CRITICAL'
  return own.high.includes(symbol) ? 'HIGH' : 'NORMAL'
}

export const isKept = ({ lines }: SheddingRules, level: Level, priority: Priority): boolean =>
  PRIORITIES.indexOf(priority) < lines[level]

/** Custom rules as a file has them, each part by default that of the preset; or what is wrong, each fault a sentence. */
export function rulesOf(text: string, preset: Preset): SheddingRules | { readonly faults: readonly string[] } {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (error) {
    return { faults: [`it is no JSON: ${(error as Error).message}`] }
  }
  if (!isObject(given)) return { faults: ['it must be an object with "tiers", "lines" or both'] }
  const strangers = Object.keys(given).filter((key) => key !== 'tiers' && key !== 'lines')
  const tiers = given.tiers ?? DEFAULT_TIERS
  const lines = given.lines ?? PRESETS[preset]
  const faults = [
    ...strangers.map((key) => `"${key}" is neither "tiers" nor "lines"`),
    ...(isObject(tiers) ? Object.entries(tiers).flatMap(tierFaults) : ['"tiers" must be an object by exchange']),
    ...lineFaults(lines),
  ]
  return faults.length > 0 ? { faults } : ({ tiers, lines } as unknown as SheddingRules)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A symbol is a word of the policy's text: nothing that would end it. */
const WORD = /^\S{1,64}$/

function tierFaults([exchange, tiers]: [string, unknown]): string[] {
  if (!WORD.test(exchange)) return [`"${exchange}" is no name of an exchange`]
  if (!isObject(tiers)) return [`the tiers of ${exchange} must be an object with "critical" and "high"`]
  const faults = Object.keys(tiers)
    .filter((key) => key !== 'critical' && key !== 'high')
    .map((key) => `${exchange} has the tier "${key}": there are "critical" and "high"`)
  for (const tier of ['critical', 'high']) {
    const symbols = tiers[tier]
    if (!Array.isArray(symbols) || symbols.some((one) => typeof one !== 'string' || !WORD.test(one)))
      faults.push(`"${tier}" of ${exchange} must be a list of symbols`)
  }
  if (faults.length > 0) return faults
  const { critical, high } = tiers as unknown as Tiers
  return critical.filter((symbol) => high.includes(symbol)).map((symbol) => `${symbol} of ${exchange} is in both tiers`)
}

function lineFaults(lines: unknown): string[] {
  if (!Array.isArray(lines) || lines.length !== LEVEL_NAMES.length)
    return [`"lines" must have ${LEVEL_NAMES.length} numbers: for each level how many priorities are kept`]
  return lines.flatMap((kept, level) => {
    const name = LEVEL_NAMES[level]!
    if (!Number.isInteger(kept) || kept < 0 || kept > PRIORITIES.length)
      return [`${name} keeps ${kept} priorities: it must be a whole number from 0 to ${PRIORITIES.length}`]
    if (level === 0) return kept === PRIORITIES.length ? [] : [`${name} must keep all ${PRIORITIES.length} priorities`]
    return kept <= lines[level - 1] ? [] : [`${name} keeps more than the level before it`]
  })
}
