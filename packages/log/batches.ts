/**
 * What every adapter does with batches: cut one to a range of offsets, fold a compacted topic to its last values.
 *
 *   shape   pure; a trimmed batch shares the bytes and the columns of the whole one
 */
import type { Latest, LogBatch, Slices } from './log.ts'

/**
 * The part of a batch that stands for [from, to). Its own range may be wider or narrower: offsets between `from` and
 * its first record hold nothing.
 */
export function trimBatch(batch: LogBatch, from: bigint, to: bigint): LogBatch {
  if (batch.from === from && batch.to === to) return batch
  const first = rowAt(batch, from)
  const end = Math.max(first, rowAt(batch, to))
  const shift = Number(batch.from - from)
  return {
    topic: batch.topic,
    partition: batch.partition,
    from,
    to,
    count: end - first,
    offsetDeltas: batch.offsetDeltas.subarray(first, end).map((delta) => delta + shift),
    timesMs: batch.timesMs.subarray(first, end),
    keys: trimSlices(batch.keys, first, end),
    values: trimSlices(batch.values, first, end),
    ...(batch.headers !== undefined && { headers: batch.headers.slice(first, end) }),
  }
}

/** The first row whose offset is `offset` or more; `count` where there is none. */
function rowAt(batch: LogBatch, offset: bigint): number {
  const delta = Number(offset - batch.from)
  let low = 0
  let high = batch.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (batch.offsetDeltas[middle]! < delta) low = middle + 1
    else high = middle
  }
  return low
}

function trimSlices({ bytes, starts, ends }: Slices, first: number, end: number): Slices {
  return { bytes, starts: starts.subarray(first, end), ends: ends.subarray(first, end) }
}

/** The i-th byte string, in place, or null. */
export function sliceAt({ bytes, starts, ends }: Slices, i: number): Uint8Array | null {
  const end = ends[i]!
  return end < 0 ? null : bytes.subarray(starts[i]!, end)
}

/**
 * The last value of each key, deleted keys left out, in the order of their offsets within a partition. Memory: one
 * copy of what is kept. Records without a key belong to no one and are left out.
 */
export async function foldLatest(batches: AsyncIterable<LogBatch>): Promise<Latest[]> {
  const text = new TextDecoder()
  const last = new Map<string, Latest>()
  for await (const batch of batches) {
    for (let i = 0; i < batch.count; i++) {
      const keyBytes = sliceAt(batch.keys, i)
      if (keyBytes === null) continue
      const key = text.decode(keyBytes)
      const value = sliceAt(batch.values, i)
      last.delete(key)
      if (value === null) continue
      const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
      // A Buffer's own slice would not copy.
      last.set(key, { key, value: new Uint8Array(value), offset, timeMs: batch.timesMs[i]! })
    }
  }
  return [...last.values()]
}
