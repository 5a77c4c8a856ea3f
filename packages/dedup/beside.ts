/**
 * The same for records out of holes, which come late: also a copy behind one of them stands in its way, if it was decided
 * on and the first was remembered there. Nothing is kept in memory but the ids of those records: the log is read around
 * them, as far as any of them is remembered.
 *
 *   shape   (batches of records that are holes, what the table holds) -> which of them are repeats
 *   limits  what retention took is not judged: it lands
 *   errors  those of log and registry
 */
import type { Schemas } from '@k2/contracts/records/decode.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { type Hole, type Progress, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { DedupSettings, JudgedBatch, Repeats } from './dedup.ts'
import { IdReader, type Ids, WORDS } from './ids.ts'
import { floorAt, idsOf, type Place, type ReadingPorts, read, startOf } from './reading.ts'
import { Spans } from './spans.ts'
import { Window } from './window.ts'

export type BesideSettings = Pick<DedupSettings, 'windowMs' | 'isJudged'>

/** @param lost what somebody gave up: nothing stands for it */
export async function repeatsBeside(
  ports: ReadingPorts,
  { windowMs, isJudged }: BesideSettings,
  batches: readonly JudgedBatch[],
  schemas: Schemas,
  progress: Progress,
  lost: readonly Hole[],
): Promise<Repeats> {
  const repeats = new Map<TopicPartition, ReadonlyMap<bigint, readonly bigint[]>>()
  const own = batches.filter(({ topic }) => isJudged(topic))
  for (const [partition, some] of Map.groupBy(own, nameOf)) {
    const undecided = new Spans([...progress.holes, ...lost].filter((hole) => nameOf(hole) === partition))
    const next = progress.offsets.get(partition) ?? 0n
    const isDecided = (offset: bigint) => offset < next && !undecided.has(offset)
    const around = new Around(namesOf(some, schemas), isDecided)
    await around.look(ports, some[0]!, windowMs, next)
    if (around.repeats.size > 0) repeats.set(partition, around.repeats)
  }
  return repeats
}

class Around {
  readonly repeats = new Map<bigint, readonly bigint[]>()
  private readonly names: ReadonlyMap<bigint, string>
  private readonly isDecided: (offset: bigint) => boolean
  /** By id, where it was seen; ids of others are passed. */
  private readonly seen = new Map<string, bigint[]>()

  constructor(names: ReadonlyMap<bigint, string>, isDecided: (offset: bigint) => boolean) {
    this.names = names
    this.isDecided = isDecided
    for (const name of names.values()) this.seen.set(name, [])
  }

  /** From hole to hole; where nobody remembers the last one, what lies before the next is passed. */
  async look(ports: ReadingPorts, place: Place, windowMs: number, next: bigint): Promise<void> {
    const start = await startOf(ports, place)
    const holes = [...this.names.keys()].filter((offset) => offset >= start).sort((a, b) => (a < b ? -1 : 1))
    for (let i = 0; i < holes.length; ) {
      const floor = await floorAt(ports, place, holes[i]!, windowMs)
      const window = Window.of(windowMs, 0)
      let isOver = false
      for await (const batch of read(ports, { ...place, from: floor, to: next })) {
        const ids = await idsOf(ports, batch)
        for (let row = 0; row < batch.count && !isOver; row++) {
          const offset = batch.from + BigInt(batch.offsetDeltas[row]!)
          window.see(Number(offset - floor), batch.timesMs[row]!)
          const remembered = floor + BigInt(window.floor)
          while (i < holes.length && holes[i]! <= offset) i++
          isOver = i > 0 && offset > holes[i - 1]! && holes[i - 1]! < remembered
          if (!isOver && ids.has[row] === 1) this.see(nameAt(ids, row), offset, remembered)
        }
        if (isOver) break
      }
      if (!isOver) return
    }
  }

  private see(name: string, offset: bigint, remembered: bigint): void {
    const earlier = this.seen.get(name)
    if (earlier === undefined) return
    for (const one of earlier) {
      if (one < remembered) continue
      this.pair(offset, one)
      this.pair(one, offset)
    }
    if (!earlier.includes(offset)) earlier.push(offset)
  }

  /** Of two of the same id, whether the one of a hole repeats the other. */
  private pair(hole: bigint, other: bigint): void {
    if (!this.names.has(hole) || hole === other) return
    if (this.isDecided(other)) this.repeats.set(hole, [])
    else if (this.names.has(other) && other < hole && this.repeats.get(hole)?.length !== 0)
      this.repeats.set(hole, [...(this.repeats.get(hole) ?? []), other])
  }
}

const nameOf = ({ topic, partition }: Place): TopicPartition => topicPartition(topic, partition)

const nameAt = ({ words }: Ids, row: number): string => words.subarray(row * WORDS, (row + 1) * WORDS).join()

/** Of each record that has one, its id. */
function namesOf(batches: readonly JudgedBatch[], schemas: Schemas): Map<bigint, string> {
  const reader = new IdReader(marketTopic(batches[0]!.topic)!, schemas)
  const names = new Map<bigint, string>()
  for (const batch of batches) {
    const ids = reader.read(batch)
    for (let row = 0; row < batch.count; row++)
      if (ids.has[row] === 1) names.set(batch.from + BigInt(batch.offsetDeltas[row]!), nameAt(ids, row))
  }
  return names
}
