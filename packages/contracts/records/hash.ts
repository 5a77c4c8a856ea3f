/** HOT PATH (`npm run bench -- sink`, "decode"). The hash that equal values of a column are found by. */

/** FNV's steps over four bytes at a time; the last mixes high bits, which they reach first, into the low ones. */
export function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = (to - from) ^ 0x811c9dc5
  let at = from
  for (; at + 4 <= to; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  hash ^= hash >>> 16
  return Math.imul(hash, 0x85ebca6b) ^ (hash >>> 13)
}
