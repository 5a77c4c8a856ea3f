/**
 * The sink's worker and the compaction's, without Parquet: records are decoded by the sink's own core, and a file is the
 * list of what it holds.
 */
import type { ColumnBatch, ColumnData } from '@k2/contracts/columns.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import type { StagedFiles, StageRequest, Stager } from '@k2/iceberg-sink/stager.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import type { Rewriter } from '@k2/lake/maintenance/compact.ts'
import { type DataFile, topicPartition } from '@k2/lake/table.ts'
import { stage } from '@k2/landing/stage.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'
import type { Host } from './host.ts'
import type { Rows, SimStore } from './store.ts'

export type Folder = Map<string, { readonly rows: Rows; readonly sizeBytes: number }>

const FILE_BYTES = 900
const ROW_BYTES = 60
const STAGING_MS = 900

interface Part {
  readonly day: number
  readonly bucket: number
  readonly rows: string[]
}

export function simStager(host: Host, folder: Folder, name: () => string, pairs: number): Stager {
  function staged({ batches, schemas, repeats, folder: path }: StageRequest): StagedFiles {
    const limits = { pairs, bucketOf }
    const { columns, rows, to, last, rejected, repeated } = stage(TRADES, batches, schemas, limits, { repeats })
    const files = partsOf(columns).map(({ day, bucket, rows: held }) => leave(folder, path, name(), day, bucket, held))
    const left = batches.filter((one) => (to.get(topicPartition(one.topic, one.partition)) ?? one.from) < one.to)
    return { files, rows, to, last, rejected, repeated, left }
  }
  return {
    stage: (request) => host.work('stages', STAGING_MS, () => staged(request)),
    discard: async (path, files) => {
      for (const file of files) folder.delete(`${path}/${file.path}`)
    },
    close: async () => {},
  }
}

export function simRewriter(host: Host, folder: Folder, store: SimStore): Rewriter {
  return {
    rewrite: ({ sources, folder: path, name, day, bucket }) =>
      host.work('rewrites', STAGING_MS, () => {
        const rows = sources.flatMap((source) => store.read(source).rows!)
        return leave(folder, path, name, day ?? 0, bucket, rows)
      }),
  }
}

function leave(folder: Folder, path: string, name: string, day: number, bucket: number, rows: Rows): DataFile {
  const file = `${day}/${bucket}/${name}.parquet`
  const sizeBytes = FILE_BYTES + ROW_BYTES * rows.length
  folder.set(`${path}/${file}`, { rows, sizeBytes })
  return { path: file, sizeBytes, rows: rows.length, day, bucket, stats: [] }
}

/** One file a day and bucket, as the Parquet writer makes them. */
function partsOf(columns: readonly ColumnBatch[]): Part[] {
  const parts = new Map<string, Part>()
  for (const { rows, columns: of } of columns) {
    const column = (name: string) => of.get(name)!
    for (let i = 0; i < rows; i++) {
      const day = Math.floor(Number(int64(column('timestamp'), i)) / DAY_MICROS)
      const bucket = bucketOf(text(column('symbol'), i))
      const part = parts.get(`${day}/${bucket}`) ?? { day, bucket, rows: [] }
      parts.set(`${day}/${bucket}`, part)
      const place = `${text(column('kafka_topic'), i)}/${int32(column('kafka_partition'), i)}`
      part.rows.push(`${place}@${int64(column('kafka_offset'), i)}`)
    }
  }
  return [...parts.values()]
}

function text(column: ColumnData, i: number): string {
  if (column.kind === 'text') return column.values[i]!
  if (column.kind === 'dictionary') return column.dictionary[column.codes[i]!]!
  throw new Error(`a column of texts is ${column.kind}`)
}

function int64(column: ColumnData, i: number): bigint {
  if (column.kind !== 'int64') throw new Error(`a column of longs is ${column.kind}`)
  return column.values[i]!
}

function int32(column: ColumnData, i: number): number {
  if (column.kind !== 'int32') throw new Error(`a column of ints is ${column.kind}`)
  return column.values[i]!
}
