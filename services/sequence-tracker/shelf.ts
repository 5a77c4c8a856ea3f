/** Where streams are that are not in memory: those that left with news of theirs not yet in the log, and the store's. */
import type { Position } from '@k2/contracts/records/sequence.ts'
import type { Shelf, StreamId } from './core/streams.ts'

export class WaitingShelf implements Shelf {
  private readonly stored: (key: string) => Position | undefined
  private waiting = new Map<string, Position>()

  constructor(stored: (key: string) => Position | undefined) {
    this.stored = stored
  }

  get size(): number {
    return this.waiting.size
  }

  restore(key: string): { position: Position; isDirty: boolean } | undefined {
    const waiting = this.waiting.get(key)
    this.waiting.delete(key)
    if (waiting !== undefined) return { position: waiting, isDirty: true }
    const position = this.stored(key)
    return position && { position, isDirty: false }
  }

  left({ key }: StreamId, position: Position, isDirty: boolean): void {
    if (isDirty) this.waiting.set(key, position)
  }

  /** All that waits, and nothing waits then; until the log has it, nobody may ask for a stream. */
  take(): Position[] {
    const taken = [...this.waiting.values()]
    this.waiting = new Map()
    return taken
  }
}
