/** Where a feed's trades stand in the log, as the positions topic keeps it: what a restart begins from. */
import type { IdRange } from './ranges.ts'

export interface Position {
  /** The id that comes next; null: none has come yet. */
  readonly next: number | null
  /** Missing trades that the gateway still asks for. */
  readonly gaps: readonly IdRange[]
  /** Of the partition: the feed's trades at lower offsets are those above, whatever stands behind is read again. */
  readonly offset: bigint
}

export const positionKey = (exchange: string, kind: string, symbol: string): string => `${exchange}/${kind}/${symbol}`

export function encodePosition({ next, gaps, offset }: Position): Buffer {
  return Buffer.from(JSON.stringify({ next, gaps: gaps.map(({ from, to }) => [from, to]), offset: String(offset) }))
}

/** undefined: it is none of ours, and the log is read from its start. */
export function decodePosition(bytes: Uint8Array): Position | undefined {
  try {
    const { next, gaps, offset } = JSON.parse(Buffer.from(bytes).toString())
    if (next !== null && !Number.isSafeInteger(next)) return undefined
    return { next, gaps: gaps.map(([from, to]: [number, number]) => ({ from, to })), offset: BigInt(offset) }
  } catch {
    return undefined
  }
}
