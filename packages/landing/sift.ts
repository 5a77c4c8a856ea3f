/**
 * HOT PATH (`npm run bench -- shedding`). Parts a batch by its records' keys before anybody decodes it: what is kept is
 * copied, what is passed over is a range. Decided by topic and key alone.
 *
 *   shape   (LogBatch, Sieve) -> StageBatch with what it passed over; no two batches share a buffer
 */
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Ids } from '@k2/dedup/ids.ts'
import type { LogBatch, Slices } from '@k2/log/log.ts'
import type { Policy } from '@k2/shedding/policy.ts'
import { ownBatch } from './batch.ts'
import type { StageBatch } from './stage.ts'

/** Whether a policy passes records over, for keys as the log has them. */
export interface Sieve {
  readonly policy: Policy
  passes(topic: string, keys: Slices, i: number): boolean
}

/** A venue lists thousands of symbols; more would be no symbols. */
const KNOWN_MAX = 65_536

interface Known {
  readonly key: Uint8Array
  readonly passes: boolean
}

export function sieveOf(policy: Policy): Sieve {
  const topics = new Map<string, Map<number, Known>>()

  function decided(topic: string, key: Uint8Array): boolean {
    const found = marketTopic(topic)
    return found !== undefined && policy.defers(found, Buffer.from(key).toString())
  }

  function passes(topic: string, { bytes, starts, ends }: Slices, i: number): boolean {
    const start = starts[i]!
    const end = ends[i]!
    if (end < 0) {
      const found = marketTopic(topic)
      return found !== undefined && policy.defers(found, null)
    }
    let known = topics.get(topic)
    if (known === undefined) {
      known = new Map()
      topics.set(topic, known)
    }
    const hash = hashOf(bytes, start, end)
    const one = known.get(hash)
    if (one !== undefined && isSame(one.key, bytes, start, end)) return one.passes
    const key = bytes.slice(start, end)
    const verdict = decided(topic, key)
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(hash, { key, passes: verdict })
    return verdict
  }

  return { policy, passes }
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash
}

function isSame(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false
  for (let at = 0; at < key.length; at++) if (key[at] !== bytes[start + at]) return false
  return true
}

/**
 * The batch without what the sieve passes over.
 *
 * @param ids of its records, where repeats are judged: what has none is kept, for nobody could say later what it repeats
 */
export function siftBatch(batch: LogBatch, sieve: Sieve, ids?: Ids): StageBatch {
  const { topic, keys, count } = batch
  const kept = new Int32Array(count)
  const offset = (i: number) => batch.from + BigInt(batch.offsetDeltas[i]!)
  const except: bigint[] = []
  let [keeps, first, last] = [0, -1, -1]
  for (let i = 0; i < count; i++) {
    const passes = sieve.passes(topic, keys, i)
    if (passes) {
      if (first < 0) first = i
      last = i
    }
    if (!passes) kept[keeps++] = i
    else if (ids?.has[i] === 0) {
      kept[keeps++] = i
      except.push(offset(i))
    }
  }
  if (first < 0) return ownBatch(batch)
  const { hash: policy, text } = sieve.policy
  const passed = { policy, text, from: offset(first), to: offset(last) + 1n, records: count - keeps, except }
  const seen = ids && {
    offsetDeltas: new Int32Array(batch.offsetDeltas),
    timesMs: new Float64Array(batch.timesMs),
    ids,
  }
  return { ...picked(batch, kept.subarray(0, keeps)), passed, ...(seen && { seen }) }
}

/** What a policy passed over of a batch, and nothing else: for who fills its holes. */
export function passedOf(batch: LogBatch, sieve: Sieve): StageBatch {
  const passed = new Int32Array(batch.count)
  let count = 0
  for (let i = 0; i < batch.count; i++) if (sieve.passes(batch.topic, batch.keys, i)) passed[count++] = i
  return count === batch.count ? ownBatch(batch) : picked(batch, passed.subarray(0, count))
}

/** A batch of some of its records, in buffers of its own. */
function picked({ topic, partition, from, to, ...batch }: LogBatch, rows: Int32Array): StageBatch {
  const { bytes, starts, ends } = batch.values
  let size = 0
  for (const i of rows) if (ends[i]! >= 0) size += ends[i]! - starts[i]!
  const values = { bytes: new Uint8Array(size), starts: new Int32Array(rows.length), ends: new Int32Array(rows.length) }
  let at = 0
  for (const [row, i] of rows.entries()) {
    values.starts[row] = at
    if (ends[i]! < 0) {
      values.starts[row] = 0
      values.ends[row] = -1
      continue
    }
    values.bytes.set(bytes.subarray(starts[i]!, ends[i]!), at)
    at += ends[i]! - starts[i]!
    values.ends[row] = at
  }
  return {
    ...{ topic, partition, from, to, values },
    count: rows.length,
    offsetDeltas: rows.map((i) => batch.offsetDeltas[i]!),
    timesMs: Float64Array.from(rows, (i) => batch.timesMs[i]!),
  }
}
