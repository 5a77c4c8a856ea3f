/**
 * Names and ids drawn by chance: long enough that no two writers meet.
 *
 *   shape   a source of numbers in [0, 1), such as Math.random, -> text or id
 */
import { snapshotOf } from './history.ts'
import type { TableMetadata } from './metadata.ts'

/** Uniform in [0, 1). */
export type Random = () => number

const byte = (random: Random): number => Math.floor(random() * 256)

export function hex(random: Random, bytes: number): string {
  return Buffer.from(Array.from({ length: bytes }, () => byte(random))).toString('hex')
}

/** RFC 9562, version 4. */
export function uuid(random: Random): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => byte(random)))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Positive, of 63 bits, and none of the table's. */
export function snapshotIdOutside(metadata: TableMetadata, random: Random): bigint {
  for (;;) {
    const id = BigInt.asUintN(63, BigInt(`0x${hex(random, 8)}`))
    if (id > 0n && snapshotOf(metadata, id) === undefined) return id
  }
}
