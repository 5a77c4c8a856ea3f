/**
 * HOT PATH (`npm run bench -- sink`, "own"). A batch as a lane holds it: what landing needs, in buffers of its own. They
 * can be moved to a worker, they keep nothing else alive (a log may hand out views of a whole fetch), and what they
 * take is known. Buffers that are the batch's alone (log.ts, LogBatch) are taken as they are, the rest is copied.
 *
 *   shape   pure; no two batches share a buffer
 */

import type { Seen } from '@k2/dedup/confirm.ts'
import { WORDS } from '@k2/dedup/ids.ts'
import { trimBatch } from '@k2/log/batches.ts'
import type { LogBatch } from '@k2/log/log.ts'
import type { StageBatch } from './stage.ts'

export function ownBatch(batch: LogBatch): StageBatch {
  const { topic, partition, from, to, count, offsetDeltas, timesMs } = batch
  const { bytes, starts, ends } = batch.values
  if ([bytes, starts, ends, offsetDeltas, timesMs].every(isWhole)) {
    const values = { bytes: new Uint8Array(bytes.buffer), starts, ends }
    return { topic, partition, from, to, count, offsetDeltas, timesMs, values }
  }
  let first = bytes.length
  let last = 0
  for (let i = 0; i < count; i++) {
    if (ends[i]! < 0) continue
    if (starts[i]! < first) first = starts[i]!
    if (ends[i]! > last) last = ends[i]!
  }
  const ownStarts = new Int32Array(count)
  const ownEnds = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const isNull = ends[i]! < 0
    ownStarts[i] = isNull ? 0 : starts[i]! - first
    ownEnds[i] = isNull ? -1 : ends[i]! - first
  }
  return {
    topic,
    partition,
    from,
    to,
    count,
    offsetDeltas: new Int32Array(offsetDeltas),
    timesMs: new Float64Array(timesMs),
    // Not slice(), which a Buffer answers with a view.
    values: { bytes: new Uint8Array(bytes.subarray(first, Math.max(first, last))), starts: ownStarts, ends: ownEnds },
  }
}

const isWhole = ({ buffer, byteLength }: ArrayBufferView): boolean => buffer.byteLength === byteLength

/** What it keeps from others, also where it is a part of what it was. */
export const sizeOf = (batch: StageBatch): number =>
  buffersOf(batch).reduce((sum, { byteLength }) => sum + byteLength, 0)

/** All that it has, to be moved to another thread and back. */
export const buffersOf = ({ values, offsetDeltas, timesMs, seen }: StageBatch): ArrayBuffer[] =>
  [
    ...[values.bytes, values.starts, values.ends, offsetDeltas, timesMs],
    ...(seen === undefined ? [] : [seen.offsetDeltas, seen.timesMs, seen.ids.words, seen.ids.has]),
  ].map(({ buffer }) => buffer as ArrayBuffer)

/** The part of a batch from `offset` on; undefined where nothing is left. */
export function behind(batch: StageBatch, offset: bigint): StageBatch | undefined {
  if (offset >= batch.to) return undefined
  if (offset <= batch.from) return batch
  const { keys: _, ...rest } = trimBatch({ ...batch, keys: batch.values }, offset, batch.to)
  const { passed, seen } = batch
  if (passed === undefined || passed.to <= offset) return rest
  const from = passed.from > offset ? passed.from : offset
  const except = passed.except.filter((one) => one >= offset)
  const own = seen && { seen: seenFrom(seen, Number(offset - batch.from)) }
  return { ...rest, passed: { ...passed, from, except }, ...own }
}

/** What is left of it behind so many offsets, from which it counts then. */
function seenFrom({ offsetDeltas, timesMs, ids }: Seen, delta: number): Seen {
  const found = offsetDeltas.findIndex((one) => one >= delta)
  const first = found < 0 ? offsetDeltas.length : found
  return {
    offsetDeltas: offsetDeltas.subarray(first).map((one) => one - delta),
    timesMs: timesMs.subarray(first),
    ids: { words: ids.words.subarray(first * WORDS), has: ids.has.subarray(first) },
  }
}
