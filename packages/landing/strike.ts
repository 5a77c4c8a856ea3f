/**
 * Strikes holes off, in the commit that adds what stands for them. It goes in only if offsets and holes of its partitions
 * are those that it was made from; where somebody else was first and the holes are still there, it is made again from
 * where the table stands then.
 *
 *   errors  LAKE_CONFLICT where others were first every time, COMMIT_UNKNOWN where an answer was lost; those of the table
 */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import {
  type DataFile,
  type Head,
  type Hole,
  type Intent,
  type Outcome,
  type Table,
  type TopicPartition,
  topicPartition,
} from '@k2/lake/table.ts'
import type { Clock } from '@k2/service/clock.ts'
import { TRANSIENT } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import { areWithin } from './places.ts'

export interface StrikePorts {
  readonly table: Table
  readonly clock: Clock
  readonly random: () => number
  readonly uuid: () => string
}

export interface Strike {
  readonly struck: readonly Hole[]
  readonly files: readonly DataFile[]
  /** Found to be none that can land, where they had only been passed over. */
  readonly added?: readonly Hole[]
  /** Nothing stands for them: somebody gives them up. */
  readonly isLost?: boolean
  /** By partition, those of them that repeat records which are in. */
  readonly repeats?: ReadonlyMap<TopicPartition, number>
  /** For the snapshot's summary. */
  readonly said: Readonly<Record<string, string>>
}

export type Struck =
  | { readonly kind: 'in'; readonly head: Head }
  /** Some of the holes are gone, and nothing is in. `mayBeIn`: an answer was lost on the way, so its files stay. */
  | { readonly kind: 'changed'; readonly head: Head; readonly mayBeIn: boolean }

/** Whether work that was made from another head is still right, its holes being there. */
export type StillRight = (head: Head) => Promise<boolean>

/** Each of them is several attempts at the catalog already. */
const TRIES_MAX = 30
const PAUSE_MS = 50
const PAUSE_MS_MAX = 2_000

export async function strike(
  ports: StrikePorts,
  read: Head,
  work: Strike,
  signal: AbortSignal,
  isStillRight: StillRight = async () => true,
): Promise<Struck> {
  const { table, clock, random, uuid } = ports
  // Never another's: what is known by it is in by one of these tries.
  const commitId = uuid().replaceAll('-', '')
  let head = read
  let mayBeIn = false
  if (!areWithin(work.struck, head.progress.holes)) return { kind: 'changed', head, mayBeIn }
  try {
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      const outcome = await tried(ports, intentOf(commitId, head, work), signal)
      if (outcome === undefined) mayBeIn = true
      else if (outcome.kind !== 'stale') return { kind: 'in', head: outcome.head }
      else if (!areWithin(work.struck, outcome.head.progress.holes) || !(await isStillRight(outcome.head)))
        return { kind: 'changed', head: outcome.head, mayBeIn }
      else {
        // At once: a head that is waited with is old, and a sink that commits often is first every time.
        head = outcome.head
        continue
      }
      const longest = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** (tries - 1))
      await clock.sleep(longest * (0.5 + random() / 2), signal)
    }
    throw beaten(table)
  } catch (error) {
    throw mayBeIn ? unknown(table, error) : error
  }
}

/** undefined: nobody knows whether it is in. */
async function tried(
  { table, clock, random }: StrikePorts,
  intent: Intent,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  try {
    return await retry(() => table.commit(intent), { ...TRANSIENT, clock, random, signal })
  } catch (error) {
    if (codeOf(error) === 'COMMIT_UNKNOWN') return undefined
    throw error
  }
}

/** Offsets stay where they are, and must be there. */
function intentOf(commitId: string, { progress }: Head, work: Strike): Intent {
  const { struck, files, said, isLost, repeats, added = [] } = work
  const partitions = new Map(struck.map((hole) => [topicPartition(hole.topic, hole.partition), hole]))
  const advances = [...partitions].map(([name, { topic, partition }]) => {
    const offset = progress.offsets.get(name) ?? null
    return { topic, partition, expected: offset, to: offset ?? 0n, repeats: repeats?.get(name) ?? 0 }
  })
  const holesRead = progress.holes.filter((hole) => partitions.has(topicPartition(hole.topic, hole.partition)))
  const holes = { holesRead, holesAdded: added, holesStruck: struck }
  return { commitId, files, advances, ...holes, said, ...(isLost && { lost: struck }) }
}

function beaten({ spec }: Table): K2Error {
  const sentence = `${TRIES_MAX} times in a row another commit to ${spec.name} came first. Nothing of this one is in, and what came before it is. Try again when less is written, or stop the sink meanwhile.`
  return new K2Error('LAKE_CONFLICT', sentence, { table: spec.name })
}

function unknown({ spec }: Table, cause: unknown): K2Error {
  const sentence = `Whether the last commit to ${spec.name} is in is not known: its answer was lost. Begin again: what is in is no hole any more, and is not taken twice.`
  return new K2Error('COMMIT_UNKNOWN', sentence, { table: spec.name }, cause)
}
