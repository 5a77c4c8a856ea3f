/**
 * Numbers by a seed.
 *
 *   source  mulberry32, Tommy Ettinger, public domain; FNV-1a, 32 bits
 */

/** In [0, 1). */
export type Random = () => number

export function randomOf(text: string): Random {
  let state = hashOf(text) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
