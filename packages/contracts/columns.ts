/**
 * Records as columns: what a decoder writes and DuckDB is filled from, and what an answer is made of. One array a
 * column, no object a record; every array of a batch but the byte-wise ones is `rows` long.
 *
 *   units   timestamptz: µs since the epoch; decimal(18,8): the number times 10^8; both in int64
 */

/** Byte strings in one buffer: the i-th is bytes[starts[i], ends[i]), or null where ends[i] is -1. */
export interface Slices {
  readonly bytes: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
}

export interface Int64Column {
  readonly kind: 'int64'
  readonly values: BigInt64Array
  /** 1 where the value is null; absent where no value is. */
  readonly nulls?: Uint8Array
}

export interface Int32Column {
  readonly kind: 'int32'
  readonly values: Int32Array
  readonly nulls?: Uint8Array
}

export interface BooleanColumn {
  readonly kind: 'boolean'
  readonly values: Uint8Array
  readonly nulls?: Uint8Array
}

/** 16 bytes a value, as RFC 9562 writes them. */
export interface UuidColumn {
  readonly kind: 'uuid'
  readonly bytes: Uint8Array
}

/** Text that mostly differs. */
export interface TextColumn {
  readonly kind: 'text'
  readonly values: readonly (string | null)[]
  /** The same as UTF-8, where whoever made it has it: then `values` is made when it is asked for. */
  readonly slices?: Slices
}

/** Text of few different values: `dictionary[codes[i]]`. */
export interface DictionaryColumn {
  readonly kind: 'dictionary'
  readonly codes: Int32Array
  readonly dictionary: readonly (string | null)[]
}

/** Lists of text, of few different lists: `dictionary[codes[i]]`. */
export interface ListColumn {
  readonly kind: 'list'
  readonly codes: Int32Array
  readonly dictionary: readonly (readonly string[])[]
}

/** Texts as UTF-8 in one buffer, in order: the i-th is bytes[offsets[i], offsets[i + 1]), of no bytes where it is null. */
export interface Utf8Column {
  readonly kind: 'utf8'
  readonly bytes: Uint8Array
  /** One more than there are texts. */
  readonly offsets: Int32Array
  readonly nulls?: Uint8Array
}

/** Lists of text: the i-th is the elements from offsets[i] up to offsets[i + 1]. */
export interface Utf8ListColumn {
  readonly kind: 'utf8-list'
  readonly offsets: Int32Array
  readonly elements: Utf8Column
  readonly nulls?: Uint8Array
}

/** Whole numbers of 128 bits, times 10^scale: two words each, the lower one first. */
export interface WideColumn {
  readonly kind: 'wide'
  readonly words: BigInt64Array
  readonly scale: number
  readonly nulls?: Uint8Array
}

export type ColumnData =
  | Int64Column
  | Int32Column
  | BooleanColumn
  | UuidColumn
  | TextColumn
  | DictionaryColumn
  | ListColumn

export interface ColumnBatch {
  readonly rows: number
  /** By column name of the table. */
  readonly columns: ReadonlyMap<string, ColumnData>
}
