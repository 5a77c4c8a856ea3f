/**
 * What the log has to say: the records that are remembered at an offset, those between two, and single ones again.
 *
 *   errors  those of log and registry; LOG_UNAVAILABLE where retention ran past what was asked for: ask again
 */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { tableDecoder } from '@k2/contracts/records/decode.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Log, LogBatch, OffsetRange, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { IdReader, type Ids, type Mix, WORDS } from './ids.ts'
import { OFFSET_MAX } from './index.ts'
import { type Candidate, Sightings } from './sightings.ts'
import { Backwards, Window } from './window.ts'

export interface ReadingPorts {
  readonly log: Pick<Log, 'ranges' | 'readRange'>
  readonly registry: SchemaRegistry
}

export interface Remembering {
  readonly windowMs: number
  readonly mix: Mix
  readonly sameMax?: number
  /** What is older than it has room for is not held. */
  readonly memoryBytesMax: number
}

/** Offsets that are read at once on the way back, some megabytes: batches that lie across are read twice. */
const STRIDE = 65_536n
/** Records to be read again that lie closer are one request. */
const GAP = 512n
/** Decoded, and no row. */
const never = () => false

export type Place = Pick<OffsetRange, 'topic' | 'partition'>

/** All that is remembered at `at`: from there back to the first record that is forgotten, or to the log's start. */
export async function sightingsAt(
  ports: ReadingPorts,
  place: Place,
  at: bigint,
  { windowMs, mix, sameMax, memoryBytesMax }: Remembering,
): Promise<Sightings> {
  const start = await startOf(ports, place)
  // Twice as many as may be remembered, so that it can go on from the same base.
  const least = at - BigInt(OFFSET_MAX) / 2n
  const base = least > start ? least : start
  const sightings = new Sightings(base, at, Window.of(windowMs, 0), mix, sameMax)
  const walk = new Backwards(windowMs)
  const floor = await back(ports, { ...place, from: base, to: at }, async (batch) =>
    sightings.seeBefore(batch, await idsOf(ports, batch), walk, memoryBytesMax),
  )
  sightings.remember(walk, floor ?? base)
  return sightings
}

/** The first offset that is remembered at `at`. */
export async function floorAt(ports: ReadingPorts, place: Place, at: bigint, windowMs: number): Promise<bigint> {
  const start = await startOf(ports, place)
  const walk = new Backwards(windowMs)
  const floor = await back(ports, { ...place, from: start, to: at }, async ({ from, count, offsetDeltas, timesMs }) => {
    for (let i = count - 1; i >= 0; i--)
      if (!walk.isRemembered(0, timesMs[i]!)) return from + BigInt(offsetDeltas[i]! + 1)
    return undefined
  })
  return floor ?? start
}

/** Batches from the last to the first, until there is an answer. */
async function back(
  ports: ReadingPorts,
  { from: least, to: end, ...place }: OffsetRange,
  each: (batch: LogBatch) => Promise<bigint | undefined>,
): Promise<bigint | undefined> {
  for (let to = end; to > least; ) {
    const from = to - STRIDE > least ? to - STRIDE : least
    const batches: LogBatch[] = []
    for await (const batch of read(ports, { ...place, from, to })) batches.push(batch)
    for (const batch of batches.reverse()) {
      const answer = await each(batch)
      if (answer !== undefined) return answer
    }
    to = from
  }
  return undefined
}

/** Up to `to`; false where the log no longer has what follows. */
export async function goOn(ports: ReadingPorts, place: Place, sightings: Sightings, to: bigint): Promise<boolean> {
  if (sightings.at < (await startOf(ports, place))) return false
  const unasked: Candidate[] = []
  for await (const batch of read(ports, { ...place, from: sightings.at, to })) {
    sightings.see(batch, await idsOf(ports, batch), unasked)
    unasked.length = 0
  }
  return true
}

export interface Logged {
  /** Its id. */
  readonly words: Uint32Array
  /** Nothing in its bytes keeps it from landing. */
  readonly lands: boolean
}

/** By offset; what the log no longer has, never had there, or has without an id is missing. */
export async function loggedAt(
  ports: ReadingPorts,
  place: Place,
  offsets: ReadonlySet<bigint>,
): Promise<Map<bigint, Logged>> {
  const found = new Map<bigint, Logged>()
  if (offsets.size === 0) return found
  const start = await startOf(ports, place)
  const sorted = [...offsets].filter((offset) => offset >= start).sort((a, b) => (a < b ? -1 : 1))
  for (const range of rangesOf(place, sorted)) {
    for await (const batch of read(ports, range)) {
      const topic = marketTopic(batch.topic)!
      const schemas = await schemasOf(ports.registry, [batch])
      const { words, has } = new IdReader(topic, schemas).read(batch)
      const decoder = tableDecoder(topic, schemas)
      for (let i = 0; i < batch.count; i++) {
        const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
        if (has[i] === 0 || !offsets.has(offset)) continue
        const lands = decoder.add(batch, i, never) === false
        found.set(offset, { words: words.slice(i * WORDS, (i + 1) * WORDS), lands })
      }
    }
  }
  return found
}

function rangesOf(place: Place, sorted: readonly bigint[]): OffsetRange[] {
  const ranges: { topic: string; partition: number; from: bigint; to: bigint }[] = []
  for (const offset of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined && offset - last.to < GAP) last.to = offset + 1n
    else ranges.push({ topic: place.topic, partition: place.partition, from: offset, to: offset + 1n })
  }
  return ranges
}

export async function idsOf({ registry }: Pick<ReadingPorts, 'registry'>, batch: LogBatch): Promise<Ids> {
  return new IdReader(marketTopic(batch.topic)!, await schemasOf(registry, [batch])).read(batch)
}

export async function startOf({ log }: ReadingPorts, { topic, partition }: Place): Promise<bigint> {
  const range = (await log.ranges([topic])).find((one) => one.partition === partition)
  return range?.from ?? 0n
}

export async function* read({ log }: ReadingPorts, range: OffsetRange): AsyncGenerator<LogBatch> {
  try {
    yield* log.readRange(range)
  } catch (error) {
    if (codeOf(error) !== 'OFFSET_OUT_OF_RANGE') throw error
    const sentence = `Offset ${range.from} of ${range.topic}/${range.partition} went while it was asked for. Ask again.`
    throw new K2Error('LOG_UNAVAILABLE', sentence, {}, error)
  }
}
