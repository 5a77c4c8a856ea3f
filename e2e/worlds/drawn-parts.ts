/** What random questions have in common: whom, when, from where. See drawn.ts. */
import type { Row, Selection } from '../oracle/asked.ts'
import type { Kind } from '../oracle/ledger.ts'
import { isoOf } from '../oracle/trade.ts'
import { below, FROM_MICROS, oneOf } from './venues.ts'

export type Random = () => number
export type Asked = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** One of a table, as it was seen. */
export interface Seen {
  readonly id: string
  readonly committedAtMs: number
}
export type Snapshots = Readonly<Record<Kind, readonly Seen[]>>

export const maybe = <T>(random: Random, share: number, make: () => T): T | undefined =>
  random() < share ? make() : undefined
export const some = <T>(random: Random, all: readonly T[]): T[] => {
  const chosen = all.filter(() => random() < 0.5)
  return (chosen.length === 0 ? [oneOf(random, all)] : chosen).toSorted(() => random() - 0.5)
}
export const only = (row: Row, names: readonly string[] | undefined): Row =>
  names === undefined ? row : Object.fromEntries(names.map((name) => [name, row[name]!]))
export const turned = <T>(rows: readonly T[], order: string): readonly T[] =>
  order === 'desc' ? rows.toReversed() : rows

type How = { readonly tail?: false; readonly byTime?: true }

/** As often as not up to now; else the lake, the tail, or the lake as it was. */
export function sourceOf(random: Random, kind: Kind, snapshots: Snapshots, { tail, byTime }: How = {}): Asked {
  const dice = random()
  if (dice < 0.5) return { source: oneOf(random, ['hybrid', undefined]) }
  if (dice < 0.65) return { source: 'lake' }
  if (dice < 0.75) return { source: tail === false ? 'lake' : 'tail' }
  const seen = snapshots[kind]
  if (seen.length === 0) return { source: 'lake' }
  const { id, committedAtMs } = seen[Math.max(0, seen.length - 1 - below(random, 12))]!
  if (byTime || random() < 0.5) return { as_of: isoOf(BigInt(committedAtMs + below(random, 30)) * 1000n) }
  return { as_of: id }
}

export function timesOf(random: Random, hours = 70): { asked: Asked; from?: bigint; to?: bigint } {
  const begin = BigInt(FROM_MICROS) + BigInt(below(random, 40)) * 3_599_000_001n
  const from = maybe(random, 0.5, () => begin)
  const to = maybe(random, 0.5, () => begin + BigInt(1 + below(random, hours)) * 3_600_000_001n)
  return {
    asked: {
      start_time: from === undefined ? undefined : isoOf(from),
      end_time: to === undefined ? undefined : isoOf(to),
    },
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
}

export const rangeOf = ({ from, to }: { from?: bigint; to?: bigint }) => [
  [from ?? -(2n ** 60n), to ?? 2n ** 60n] as const,
]
export const symbolsOf = (random: Random, share = 0.7) =>
  maybe(random, share, () => oneOf(random, [['KTA'], ['KTB'], ['KTA', 'KTB'], ['KTB', 'NONE'], ['NONE']]))
export const venueOf = (random: Random) => maybe(random, 0.4, () => oneOf(random, ['ASX', 'BINANCE']))

export function conditionsOf(random: Random): { asked: Asked; by: Selection } {
  const [included, excluded] = oneOf(random, [[['XT', '9']], [undefined, ['XT']], [], [], []] as const)
  return {
    asked: { trade_conditions: included, exclude_trade_conditions: excluded },
    by: { ...(included && { included }), ...(excluded && { excluded }) },
  }
}

/** What a GET of trades, or of what is made of them, may choose by. */
export function chosenOf(random: Random) {
  const [symbols, exchange] = [symbolsOf(random), venueOf(random)]
  const [times, conditions] = [timesOf(random), conditionsOf(random)]
  const by: Selection = {
    ranges: rangeOf(times),
    ...(symbols && { symbols }),
    ...(exchange && { exchanges: [exchange] }),
  }
  return { by, times, conditions, asked: { symbols, exchange, ...times.asked } }
}

export const exchangesOf = ({ exchanges }: Selection) => (exchanges ? { exchanges } : {})
