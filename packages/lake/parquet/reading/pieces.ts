/** Rows of several columns of one name, one piece behind the other. */
import type { ColumnData } from '@k2/contracts/columns.ts'

/** Rows [from, to) of a column. */
export interface Piece {
  readonly data: ColumnData
  readonly from: number
  readonly to: number
}

export type Of<K extends ColumnData['kind']> = Extract<ColumnData, { kind: K }>
export type PieceOf<K extends ColumnData['kind']> = Piece & { readonly data: Of<K> }

export const rowsIn = (pieces: readonly Piece[]): number => pieces.reduce((sum, { from, to }) => sum + to - from, 0)
