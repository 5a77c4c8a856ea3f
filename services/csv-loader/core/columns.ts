/**
 * Rows of trades and quotes as columns. HOT PATH, `npm run bench -- loader`: a row that is written as the vendor writes
 * it is read from the bytes, without an object or a text of its own. Any other is left to the parser of asx.ts, which
 * says what is wrong with it or reads it all the same; both give the same row.
 *
 *   units   decimals: tops × 10^9 + lows = the number times 10^8; tops -1: null. times: µs since the epoch, UTC
 */
import type { LineBatch } from './lines.ts'

export const DECIMALS_MAX = 4
export const TEXTS_MAX = 3

export interface RowColumns {
  /** 0: the row is left to the parser. */
  readonly isRead: Uint8Array
  readonly timestampMicros: Float64Array
  /** Days since the epoch, by the venue's calendar. */
  readonly tradingDay: Int32Array
  /** What the id hashes: see contentHash. */
  readonly contentHash: Float64Array
  /** DECIMALS_MAX of each row. */
  readonly tops: Int32Array
  readonly lows: Int32Array
  /** TEXTS_MAX of each row, in the bytes of its batch. */
  readonly textStarts: Int32Array
  readonly textEnds: Int32Array
}

export function rowColumns(rows: number): RowColumns {
  return {
    isRead: new Uint8Array(rows),
    timestampMicros: new Float64Array(rows),
    tradingDay: new Int32Array(rows),
    contentHash: new Float64Array(rows),
    tops: new Int32Array(rows * DECIMALS_MAX),
    lows: new Int32Array(rows * DECIMALS_MAX),
    textStarts: new Int32Array(rows * TEXTS_MAX),
    textEnds: new Int32Array(rows * TEXTS_MAX),
  }
}

/** Fills columns from a batch of lines, and says where: they are made larger as batches are. */
export type ColumnScan = (lines: LineBatch) => RowColumns
