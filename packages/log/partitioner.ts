/**
 * Where a key goes, as Kafka's Java client decides it: a symbol keeps its partition whichever client writes it.
 *
 *   source  Apache Kafka 4.x, org.apache.kafka.common.utils.Utils.murmur2 and toPositive,
 *           clients/producer/internals/BuiltInPartitioner.partitionForKey
 */
const SEED = 0x9747b28c
const M = 0x5bd1e995

/** MurmurHash2 (32 bit, Kafka's seed) of the bytes, as Java's signed int. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const tail = length & ~3
  let h = SEED ^ length
  for (let i = 0; i < tail; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    h = Math.imul(h, M) ^ Math.imul(k, M)
  }
  if (length > tail) {
    if (length - tail === 3) h ^= bytes[tail + 2]! << 16
    if (length - tail >= 2) h ^= bytes[tail + 1]! << 8
    h = Math.imul(h ^ bytes[tail]!, M)
  }
  h ^= h >>> 13
  h = Math.imul(h, M)
  return h ^ (h >>> 15)
}

/** The partition of a key among `partitions`. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
