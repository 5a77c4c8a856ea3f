/**
 * Iceberg's bucket transform of a string. A wrong value here is silent: readers look for a symbol in another bucket
 * and find nothing.
 *
 *   shape   text -> 0 … buckets-1
 *   source  Iceberg spec, "Bucket Transform Details" and appendix B
 */
import { BUCKETS } from '@k2/contracts/tables.ts'
import { murmur3 } from '@k2/market/murmur3.ts'

const utf8 = new TextEncoder()

export function bucketOf(text: string, buckets: number = BUCKETS): number {
  return (murmur3(utf8.encode(text)) & 0x7fffffff) % buckets
}
