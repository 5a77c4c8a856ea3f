/** HOT PATH (`npm run bench -- layout`). Row groups: the columns' chunks, one behind the other. */
import type { Bytes } from './bytes.ts'
import type { Chunk } from './chunk.ts'
import type { EncodedColumn } from './columns.ts'
import { putPages } from './pages.ts'
import type { ChunkMeta, RowGroup } from './schema.ts'
import { chunkStatistics } from './stats.ts'

export interface GroupWriting {
  readonly chunk: Chunk
  /** Bytes of the file that were taken out of `out` before. */
  readonly before: number
  /** Called with the chunk of each column, before it is used for the next. */
  readonly written?: (column: number, bytes: number) => void
}

/** @param picks the rows, in order */
export function putRowGroup(
  out: Bytes,
  columns: readonly EncodedColumn[],
  picks: Int32Array,
  { chunk, before, written }: GroupWriting,
): RowGroup {
  const chunks = columns.map(({ column, encoder }, i): ChunkMeta => {
    chunk.clear()
    encoder.put(picks, chunk)
    const { dictionaryAt, dataAt, ...placed } = putPages(out, chunk)
    written?.(i, placed.compressedBytes)
    return {
      ...placed,
      dictionaryAt: dictionaryAt === undefined ? undefined : before + dictionaryAt,
      dataAt: before + dataAt,
      encoding: chunk.encoding,
      valueCount: chunk.valueCount,
      statistics: chunkStatistics(column.type, chunk),
    }
  })
  return { rows: picks.length, chunks }
}
