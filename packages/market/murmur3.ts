/**
 * MurmurHash3, x86, 32 bits.
 *
 *   shape   bytes -> unsigned 32-bit number
 *   source  Austin Appleby's MurmurHash3_x86_32; Iceberg spec, appendix B, uses it with seed 0
 */
const C1 = 0xcc9e2d51
const C2 = 0x1b873593

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

function scramble(word: number): number {
  return Math.imul(rotate(Math.imul(word, C1), 15), C2)
}

export function murmur3(bytes: Uint8Array, seed = 0, length = bytes.length): number {
  let hash = seed
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    hash = (Math.imul(rotate(hash ^ scramble(word), 13), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i]!
  if (length > whole) hash ^= scramble(tail)
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
