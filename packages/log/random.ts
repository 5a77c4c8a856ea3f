/**
 * Random test data by a seed that is printed, so that a failure can be had again: K2 tests only.
 *
 *   source  mulberry32, Tommy Ettinger, public domain
 */
export interface Random {
  readonly seed: number
  /** An integer of [0, bound). */
  below(bound: number): number
  bytes(length: number): Uint8Array
  pick<T>(from: readonly T[]): T
}

/** Numbers by `seed`; without one a fresh seed is taken and printed. */
export function seeded(seed = Math.floor(Math.random() * 2 ** 31)): Random {
  console.log(`seed ${seed}`)
  let state = seed
  const below = (bound: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
  return {
    seed,
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick: (from) => from[below(from.length)]!,
  }
}
