/**
 * What several processes share: the PORT. Positions by key, which only go forward with the source that they stand for, and
 * where ids were seen. It may lose everything at any time: nobody takes it for more than a way to be spared reading the
 * log, and whoever reads a position knows by it what else is there.
 *
 *   units   offsets: bigint, of the source's partition
 *   errors  K2Error STORE_UNAVAILABLE, once its budget of tries is spent
 */

export interface Position {
  readonly key: string
  /** Of the source: what the value stands for, the next one to read. */
  readonly offset: bigint
  readonly value: string
}

/** Ids of 16 bytes each, one behind the other, and where each was seen. */
export interface SeenIds {
  readonly ids: Uint8Array
  readonly offsets: readonly bigint[]
}

/** Ids of a scope lie in slices, by the age of what they are of: whole slices are forgotten. */
export interface SharedStore {
  positions(keys: readonly string[]): Promise<(Position | undefined)[]>
  /**
   * Each one is taken where the store's is of a lower offset, or there is none. Answers, of those that were not, what
   * stands there: another was first.
   */
  advance(positions: readonly Position[]): Promise<(Position | undefined)[]>
  /** As if they had never been. */
  drop(keys: readonly string[]): Promise<void>
  /** The last offset that was noted stays. `alive`: other slices of the scope that are to last as long. */
  remember(scope: string, slice: number, seen: SeenIds, alive: readonly number[]): Promise<void>
  /** Of each id the offsets that these slices have, in their order. */
  seen(scope: string, slices: readonly number[], ids: Uint8Array): Promise<bigint[][]>
  forget(scope: string, slices: readonly number[]): Promise<void>
  close(): Promise<void>
}

export const ID_BYTES = 16
