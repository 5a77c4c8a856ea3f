/**
 * Records -> Avro bytes, through one growing buffer.
 *
 *   errors  a record that its schema does not take is a bug of ours and throws
 */
import type { Kind } from './avro.ts'
import { TYPES } from './avro.ts'
import { type RecordOf, toAvro } from './records.ts'

let scratch = Buffer.allocUnsafe(4096)

/** Avro binary of one record behind `prefix` bytes left free for the wire framing. */
export function encodeRecord<K extends Kind>(kind: K, record: RecordOf[K], prefix = 0): Buffer {
  const value = toAvro[kind](record)
  let end = TYPES[kind].encode(value, scratch, prefix)
  if (end < 0) {
    scratch = Buffer.allocUnsafe((scratch.length - end) * 2)
    end = TYPES[kind].encode(value, scratch, prefix)
  }
  return Buffer.from(scratch.subarray(0, end))
}
