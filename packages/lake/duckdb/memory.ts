/**
 * HOT PATH. Vectors' memory as whole arrays, both ways: a memcpy a vector instead of a call and a BigInt a value.
 * Filling 14 columns runs at 86k rows/s by appended values and at over 1M rows/s so (SUBSTRATE, "Iceberg").
 *
 * @duckdb/node-api keeps a vector's handle private, and its vector classes copy whole arrays only of their own type.
 * BIGINT's is the plainest of them, so any vector is read and written through it, as 64-bit words. This file is the
 * only one that reaches past the package's types; its version is pinned exactly.
 */
import { DuckDBBigIntVector, DuckDBBlobVector, DuckDBBooleanVector, type DuckDBVector } from '@duckdb/node-api'

/** The handle under a vector. */
export type RawVector = ConstructorParameters<typeof DuckDBBigIntVector>[2]

/** What DuckDBBigIntVector keeps private. */
interface Words {
  items: BigInt64Array<ArrayBuffer>
  readonly validity: { data: BigUint64Array<ArrayBuffer> | null }
  readonly vector: RawVector
  flush(): void
}

const wordsOf = (raw: RawVector, words: number): Words =>
  DuckDBBigIntVector.fromRawVector(raw, words) as unknown as Words

export const rawOf = (vector: DuckDBVector): RawVector => (vector as unknown as Words).vector

/** Copies a vector's first `words` 64-bit words out. */
export const readWords = (raw: RawVector, words: number): BigInt64Array<ArrayBuffer> => wordsOf(raw, words).items

/** Which of a vector's first `rows` values are not null, a bit each; null where all are not. */
export function readValidity(raw: RawVector, rows: number): BigUint64Array<ArrayBuffer> | null {
  // BOOLEAN's class copies a byte a value along with the bits: no vector has less, so it reads none past its end.
  return (DuckDBBooleanVector.fromRawVector(raw, rows) as unknown as Words).validity.data
}

/**
 * Frees an array's memory, which nobody may read any more: left to V8, memory outside its heap costs a collection of all
 * of it for every dozen answers of an hour's records, as much as DuckDB's work for them (`npm run bench -- query`).
 */
export function giveBack({ buffer }: { readonly buffer: ArrayBufferLike }): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) buffer.transfer(0)
}

/** Copies words in from the vector's start on, and validity where it is not null: bits as readValidity gives them. */
export function writeWords(
  raw: RawVector,
  words: BigInt64Array<ArrayBuffer>,
  validity: BigUint64Array<ArrayBuffer> | null,
): void {
  const vector = wordsOf(raw, 0)
  vector.items = words
  vector.validity.data = validity
  vector.flush()
}

/**
 * Copies out the bytes that a text's header points to, as many as it says: `header` is such a header, and may name
 * several texts that lie behind one another as one.
 */
export function readBytes(header: Int32Array<ArrayBuffer>, raw: RawVector): Uint8Array {
  const valid = { itemValid: () => true } as never
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  return new DuckDBBlobVector(view, valid, raw, 0, 1).getItem(0)!.bytes
}
