/**
 * A policy: what is kept and what is deferred, as a text with its hash. The text is committed with the holes that it
 * made, so that whoever fills them decides as was decided then, whatever the settings say by now.
 *
 *   shape   (rules, level) -> Policy; text -> the same Policy; pure
 *   errors  LAKE_DAMAGED where a text is no policy, or not the one of its hash
 */
import { createHash } from 'node:crypto'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Level } from '@k2/contracts/degradation.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import { DEFAULT_TIERS, PRESETS, PRIORITIES, priorityOf, type SheddingRules, type Tiers } from './priority.ts'

export interface Policy {
  readonly text: string
  /** Of the text. */
  readonly hash: string
  /** How many priorities it keeps: the fewer, the higher the level. */
  readonly kept: number
  /** Nothing is deferred. */
  readonly keepsAll: boolean
  /** Nothing that a topic may hold is deferred. */
  keepsAllOf(topic: Pick<MarketTopic, 'kind'>): boolean
  /** Whether records of that symbol are passed over; null: a record without one. */
  defers(topic: Pick<MarketTopic, 'exchange' | 'kind'>, symbol: string | null): boolean
}

const HEAD = 'k2 shedding policy 1'

/** Levels with the same line have the same policy. */
export const policyAt = (rules: SheddingRules, level: Level): Policy => parsed(textOf(rules, level))

function textOf({ tiers, lines }: SheddingRules, level: Level): string {
  const line = (tier: string, exchange: string, symbols: readonly string[]) =>
    [tier, exchange, ...symbols.toSorted()].join(' ')
  const symbols = Object.keys(tiers)
    .sort()
    .flatMap((exchange) => {
      const { critical, high } = tiers[exchange]!
      return [line('CRITICAL', exchange, critical), line('HIGH', exchange, high)]
    })
  return [HEAD, ['keep', ...PRIORITIES.slice(0, lines[level])].join(' '), ...symbols, 'LOW reference'].join('\n')
}

/** The policy of that text, which must be the one of that hash. */
export function policyOf(text: string, hash: string): Policy {
  const policy = parsed(text)
  if (policy.hash === hash) return policy
  throw damaged(`The text of policy ${hash} is another one's: its hash is ${policy.hash}`)
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

function parsed(text: string): Policy {
  const [head, keep, ...lines] = text.split('\n')
  const last = lines.pop()
  const kept = keep?.split(' ').slice(1) ?? []
  const isKnown = head === HEAD && keep?.startsWith('keep') && last === 'LOW reference'
  if (!isKnown || kept.some((name, i) => name !== PRIORITIES[i])) throw damaged('A policy of deferral cannot be read')
  const tiers: Record<string, Tiers> = {}
  for (const line of lines) {
    const [tier, exchange, ...symbols] = line.split(' ')
    if (exchange === undefined || (tier !== 'CRITICAL' && tier !== 'HIGH'))
      throw damaged('A policy of deferral cannot be read')
    const own = tiers[exchange] ?? { critical: [], high: [] }
    tiers[exchange] = tier === 'CRITICAL' ? { ...own, critical: symbols } : { ...own, high: symbols }
  }
  const defers: Policy['defers'] = (topic, symbol) =>
    PRIORITIES.indexOf(priorityOf(tiers, topic, symbol)) >= kept.length
  const keepsAll = kept.length === PRIORITIES.length
  const keepsAllOf: Policy['keepsAllOf'] = ({ kind }) => keepsAll || (kind !== 'reference' && kept.includes('NORMAL'))
  return { text, hash: hashOf(text), kept: kept.length, keepsAll, keepsAllOf, defers }
}

/** Of a platform that nobody presses. */
export const KEEP_ALL: Policy = policyAt({ tiers: DEFAULT_TIERS, lines: PRESETS.standard }, 0)

function damaged(what: string): K2Error {
  const sentence = `${what}. Which records its holes passed over cannot be told, and nothing is filled in there. A newer K2 may have written it.`
  return new K2Error('LAKE_DAMAGED', sentence)
}
