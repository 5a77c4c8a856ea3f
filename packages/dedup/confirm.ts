/**
 * Which of the hits in memory are repeats: the log says which id stands where, and, of what was passed over, whether it could
 * have landed.
 *
 *   shape   (what was seen of a load, hits) -> repeats among its records, and among those of it that were passed over
 *   errors  those of log and registry
 */
import { type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { Ids } from './ids.ts'
import { WORDS } from './ids.ts'
import { loggedAt, type Place, type ReadingPorts } from './reading.ts'
import type { Candidate } from './sightings.ts'

/** All records of a batch, also those that a policy passed over, by their ids alone. */
export interface Seen {
  readonly offsetDeltas: Int32Array
  readonly timesMs: Float64Array
  readonly ids: Ids
}

/** A batch as it was judged: `all` has those too that were passed over, `kept` has not. */
export interface SeenBatch {
  readonly from: bigint
  readonly to: bigint
  readonly all: Seen
  readonly kept: Int32Array
}

export interface Confirmed {
  /** Of records that may land, as Repeats has them. */
  readonly repeats: ReadonlyMap<bigint, readonly bigint[]>
  /** Of those that were passed over, ascending: they need not be filled in. */
  readonly passed: readonly bigint[]
}

export const NONE: Confirmed = { repeats: new Map(), passed: [] }

export async function confirmed(
  ports: ReadingPorts,
  seen: readonly SeenBatch[],
  place: Place,
  asked: readonly Candidate[],
) {
  if (asked.length === 0) return NONE
  const { from } = seen[0]!
  const wanted = new Set(asked.flatMap(({ offset, earlier }) => [offset, earlier]))
  const ids = idsWithin(seen, wanted)
  const passed = new Set([...wanted].filter((offset) => offset >= from && isPassed(seen, offset)))
  const isOpen = ({ offset, earlier }: Candidate) => passed.has(offset) || passed.has(earlier)
  const toRead = asked.flatMap((pair) =>
    isOpen(pair) ? [pair.offset, pair.earlier] : pair.earlier < from ? [pair.earlier] : [],
  )
  const logged = await loggedAt(ports, place, new Set(toRead))
  for (const [offset, { words }] of logged) ids.set(offset, words)
  const lands = (offset: bigint) => logged.get(offset)?.lands === true
  const repeats = new Map<bigint, readonly bigint[]>()
  const among = new Set<bigint>()
  for (const pair of asked) {
    const { offset, earlier } = pair
    if (!isSame(ids.get(offset), ids.get(earlier))) continue
    // What was passed over is in no table yet: it is a first if it can be read.
    if ((isOpen(pair) || earlier < from) && !lands(earlier)) continue
    if (passed.has(offset)) {
      if (lands(offset)) among.add(offset)
      continue
    }
    const known = repeats.get(offset)
    // Whoever repeats what is decided on already needs no other.
    if (earlier < from || passed.has(earlier) || known?.length === 0) repeats.set(offset, [])
    else repeats.set(offset, [...(known ?? []), earlier])
  }
  return { repeats, passed: [...among].sort((a, b) => (a < b ? -1 : 1)) }
}

function idsWithin(seen: readonly SeenBatch[], wanted: ReadonlySet<bigint>): Map<bigint, Uint32Array> {
  const found = new Map<bigint, Uint32Array>()
  for (const { from, all } of seen) {
    const { words, has } = all.ids
    for (let i = 0; i < all.offsetDeltas.length; i++) {
      const offset = from + BigInt(all.offsetDeltas[i]!)
      if (has[i] === 1 && wanted.has(offset)) found.set(offset, words.subarray(i * WORDS, (i + 1) * WORDS))
    }
  }
  return found
}

/** It was seen, and is not among those that were kept. */
function isPassed(seen: readonly SeenBatch[], offset: bigint): boolean {
  const batch = seen.find(({ from, to }) => from <= offset && offset < to)
  if (batch === undefined) return false
  const delta = Number(offset - batch.from)
  let [low, high] = [0, batch.kept.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (batch.kept[middle]! < delta) low = middle + 1
    else high = middle
  }
  return batch.kept[low] !== delta
}

const isSame = (a: Uint32Array | undefined, b: Uint32Array | undefined): boolean =>
  a !== undefined && b !== undefined && a.every((word, i) => word === b[i])

export const nameOf = ({ topic, partition }: Place): TopicPartition => topicPartition(topic, partition)
