/** The records of holes, a commit's worth: out of the log, or out of their letters where retention took them. */
import { K2Error } from '@k2/contracts/codes.ts'
import { letterKey } from '@k2/contracts/records/dead-letter.ts'
import type { Hole } from '@k2/lake/table.ts'
import { sliceAt } from '@k2/log/batches.ts'
import type { Log, OffsetRange } from '@k2/log/log.ts'
import { ownBatch, sizeOf } from './batch.ts'
import { digestOf, type Letters, type Note, storedLetters } from './letters.ts'
import { countOf, placeText } from './places.ts'
import type { StageBatch } from './stage.ts'

/** A record that is nowhere any more. */
export interface Unread {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly code: 'gone'
  readonly reason: string
}

export interface Gathered {
  readonly batches: readonly StageBatch[]
  readonly unread: readonly Unread[]
  /** Holes of which nothing was read yet. */
  readonly rest: readonly Hole[]
}

const ROWS_MAX = 50_000n
const BYTES_MAX = 64 * 2 ** 20
/** Each is a request, and a place that the commit strikes off. */
const RANGES_MAX = 1_000
/** A letter keeps up to 64 KiB. */
const LETTERS_MAX = 1_000n

/** @param ranges what the log holds */
export async function gather(
  log: Log,
  letters: ReadonlyMap<string, Letters>,
  holes: readonly Hole[],
  ranges: readonly OffsetRange[],
  signal: AbortSignal,
): Promise<Gathered> {
  const batches: StageBatch[] = []
  const gone: OffsetRange[] = []
  const empty: Unread[] = []
  const rest = [...holes]
  let [rows, bytes] = [0n, 0]
  while (rest.length > 0 && rows < ROWS_MAX && bytes < BYTES_MAX && batches.length + gone.length < RANGES_MAX) {
    const hole = rest.shift()!
    const from = startOf(hole, ranges)
    if (hole.from < from) {
      const end = min(min(hole.to, from), hole.from + LETTERS_MAX)
      if (countOf(gone) + end - hole.from > LETTERS_MAX) {
        rest.unshift(hole)
        break
      }
      gone.push({ ...hole, to: end })
      if (end < hole.to) rest.unshift({ ...hole, from: end })
      continue
    }
    const end = min(hole.to, hole.from + ROWS_MAX - rows)
    let at = hole.from
    for await (const batch of log.readRange({ ...hole, to: end }, { signal })) {
      const own = ownBatch(batch)
      checkLetters(own, letters.get(hole.topic)!)
      batches.push(own)
      empty.push(...emptyOf(own))
      rows += BigInt(own.count)
      bytes += sizeOf(own)
      at = own.to
      if (bytes >= BYTES_MAX) break
    }
    if (at < hole.to) rest.unshift({ ...hole, from: at })
  }
  const kept = await fromLetters(log, gone)
  return { batches: [...kept.batches, ...batches].sort(inOrder), unread: [...kept.unread, ...empty], rest }
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const inOrder = (a: StageBatch, b: StageBatch): number =>
  a.topic === b.topic ? a.partition - b.partition || (a.from < b.from ? -1 : 1) : a.topic < b.topic ? -1 : 1

const startOf = ({ topic, partition }: Hole, ranges: readonly OffsetRange[]): bigint =>
  ranges.find((range) => range.topic === topic && range.partition === partition)?.from ?? 0n

/** The letter was written of this record, or the topic is another one by that name. */
function checkLetters(batch: StageBatch, { notes }: Letters): void {
  for (let i = 0; i < batch.count; i++) {
    const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
    const place = placeText({ ...batch, from: offset, to: offset + 1n })
    const note = notes.get(place)
    if (note === undefined || isOf(note, sliceAt(batch.values, i))) continue
    const sentence = `The record at ${place} is not the one that its dead letter is about: the topic was made anew, or restored. Nothing was written. Restore the log that the table came from, or accept the records as lost.`
    throw new K2Error('LAKE_DISAGREES', sentence, { place })
  }
}

/** Offsets of a batch that hold no record. */
function emptyOf({ topic, partition, from, to, count, offsetDeltas }: StageBatch): Unread[] {
  if (BigInt(count) === to - from) return []
  const filled = new Set(offsetDeltas)
  const reason = 'the log holds no record there'
  return Array.from({ length: Number(to - from) }, (_, delta) => delta)
    .filter((delta) => !filled.has(delta))
    .map((delta) => ({ topic, partition, offset: from + BigInt(delta), code: 'gone', reason }))
}

const isOf = ({ digest, rawBytes }: Note, value: Uint8Array | null): boolean =>
  rawBytes === (value?.length ?? null) && digest === (value === null ? null : digestOf(value))

async function fromLetters(log: Log, gone: readonly OffsetRange[]): Promise<Omit<Gathered, 'rest'>> {
  const found = new Map<string, StageBatch | string>()
  for (const [topic, own] of Map.groupBy(gone, (range) => range.topic)) {
    for await (const { letter } of storedLetters(log, topic)) {
      if (letter.origin !== 'log') continue
      const { partition, offset, raw, rawBytes } = letter
      if (!own.some((range) => range.partition === partition && range.from <= offset && offset < range.to)) continue
      const isCut = raw !== null && rawBytes !== raw.length
      const cut = `retention took it from the log, and its letter has only ${raw?.length} of its ${rawBytes} bytes`
      found.set(letterKey(letter), isCut ? cut : batchOf(topic, partition, offset, raw))
    }
  }
  const batches: StageBatch[] = []
  const unread: Unread[] = []
  for (const { topic, partition, from, to } of gone) {
    for (let offset = from; offset < to; offset++) {
      const one = found.get(placeText({ topic, partition, from: offset, to: offset + 1n }))
      const reason = one ?? 'retention took it from the log, and its letter from the dead letters'
      if (typeof reason !== 'string') batches.push(reason)
      else unread.push({ topic, partition, offset, code: 'gone', reason })
    }
  }
  return { batches, unread }
}

function batchOf(topic: string, partition: number, offset: bigint, raw: Uint8Array | null): StageBatch {
  return {
    topic,
    partition,
    from: offset,
    to: offset + 1n,
    count: 1,
    offsetDeltas: new Int32Array(1),
    timesMs: new Float64Array(1),
    values: { bytes: raw ?? new Uint8Array(0), starts: new Int32Array(1), ends: Int32Array.of(raw?.length ?? -1) },
  }
}
