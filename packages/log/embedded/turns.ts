/**
 * Reads some partitions in turn, so that a long one does not starve the others: one batch a call, nothing ahead.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { LogBatch } from '../log.ts'
import type { Partition, Store } from './store.ts'

export class Turns {
  readonly paused = new Set<Partition>()
  readonly #store: Store
  readonly #positions = new Map<Partition, bigint>()
  #partitions: readonly Partition[] = []
  #turn = 0

  constructor(store: Store) {
    this.#store = store
  }

  get partitions(): readonly Partition[] {
    return this.#partitions
  }

  /** These and no others from now on, none of them paused or placed. */
  take(partitions: readonly Partition[]): void {
    this.#partitions = partitions
    this.#positions.clear()
    this.paused.clear()
    this.#turn = 0
  }

  place(partition: Partition, offset: bigint): void {
    this.#positions.set(partition, offset)
  }

  isPlaced(partition: Partition): boolean {
    return this.#positions.has(partition)
  }

  /**
   * The next batch, or undefined where all are read or paused. `outside`: what to do at a position that the log does
   * not hold (any more): begin at its start, as Kafka's auto.offset.reset=earliest, or throw OFFSET_OUT_OF_RANGE.
   */
  next(outside: 'earliest' | 'throw'): LogBatch | undefined {
    this.#store.checkOpen()
    const count = this.#partitions.length
    for (let i = 0; i < count; i++) {
      const partition = this.#partitions[(this.#turn + i) % count]!
      let from = this.#positions.get(partition)
      if (from === undefined || this.paused.has(partition)) continue
      if (from < partition.start || from > partition.end) {
        if (outside === 'throw') throw outOfRange(partition, from)
        from = partition.start
      }
      if (from === partition.end) continue
      this.#turn = (this.#turn + i + 1) % count
      const batch = this.#store.read(partition, from, partition.end)
      this.#positions.set(partition, batch.to)
      return batch
    }
    return undefined
  }
}

export function outOfRange({ topic, partition, start, end }: Partition, offset: bigint): K2Error {
  const sentence = `Offset ${offset} of ${topic}/${partition} lies outside the log, which holds ${start} to ${end}. Begin within that range.`
  return new K2Error('OFFSET_OUT_OF_RANGE', sentence, { topic, partition, offset: String(offset) })
}
