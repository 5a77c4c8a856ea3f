/**
 * Which holes an answer has to tell of. A deferred one tells by its policy whose records it passed over: an answer about
 * symbols that it kept is whole. Records are keyed by their symbol.
 *
 *   errors  none: a policy that cannot be read touches every question about its venue
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Filter, Head, Hole } from '@k2/lake/table.ts'
import { type Policy, policyOf } from '@k2/shedding/policy.ts'

/** A storm has as many as it has lines, and settings change seldom. */
const KNOWN_MAX = 64
const known = new Map<string, Policy | undefined>()

export function holesAbout(holes: readonly Hole[], policies: Head['policies'], { symbols }: Filter): readonly Hole[] {
  if (symbols === undefined) return holes
  return holes.filter(({ reason, topic, policy = '' }) => {
    const found = reason === 'deferred' ? marketTopic(topic) : undefined
    const decided = found && policyAt(policy, policies)
    return decided === undefined || symbols.some((symbol) => decided.defers(found!, symbol))
  })
}

function policyAt(hash: string, policies: Head['policies']): Policy | undefined {
  if (known.has(hash)) return known.get(hash)
  const policy = readable(hash, policies)
  if (known.size >= KNOWN_MAX) known.clear()
  if (policy !== undefined) known.set(hash, policy)
  return policy
}

function readable(hash: string, policies: Head['policies']): Policy | undefined {
  try {
    return policyOf(policies.get(hash) ?? '', hash)
  } catch (error) {
    if (error instanceof K2Error) return undefined
    throw error
  }
}
