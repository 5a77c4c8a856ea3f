/**
 * Confluent's wire framing of a value: a zero byte, the schema's id as int32 big endian, the payload.
 *
 *   shape   frame allocates once; schemaIdOf and payloadStart read in place and copy nothing
 *   errors  a value that is not framed is bad data and so a value: { fault }, never an exception
 *   source  Confluent Schema Registry, "Wire format"
 */
const MAGIC = 0
/** Bytes in front of the payload. */
export const FRAME_BYTES = 5

export interface FrameFault {
  readonly fault: string
}

/** The payload with its frame in front, in a buffer of its own. RangeError where the id is no int32: our own bug. */
export function frame(schemaId: number, payload: Uint8Array): Uint8Array {
  const framed = new Uint8Array(FRAME_BYTES + payload.length)
  writeFrame(framed, 0, schemaId)
  framed.set(payload, FRAME_BYTES)
  return framed
}

/** Writes the five bytes at `at`; the payload belongs at the offset that it returns. */
export function writeFrame(target: Uint8Array, at: number, schemaId: number): number {
  if (!Number.isInteger(schemaId) || schemaId < 0 || schemaId > 0x7fffffff) {
    throw new RangeError(`schema id ${schemaId} is no positive int32`)
  }
  target[at] = MAGIC
  target[at + 1] = schemaId >>> 24
  target[at + 2] = schemaId >>> 16
  target[at + 3] = schemaId >>> 8
  target[at + 4] = schemaId
  return at + FRAME_BYTES
}

/** The schema id of the value bytes[start, end); its payload begins FRAME_BYTES after start. */
export function schemaIdOf(bytes: Uint8Array, start = 0, end = bytes.length): number | FrameFault {
  if (end - start < FRAME_BYTES) {
    return { fault: `a framed value has at least ${FRAME_BYTES} bytes, this one has ${Math.max(0, end - start)}` }
  }
  if (bytes[start] !== MAGIC) return { fault: `a framed value begins with byte 0, this one with ${bytes[start]}` }
  const id = (bytes[start + 1]! << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | (bytes[start + 4]! | 0)
  return id < 0 ? { fault: `schema id ${id} is negative` } : id
}
