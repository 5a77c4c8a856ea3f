/**
 * Data files of one day and bucket into one, where our own writer wrote them all and their rows fit into memory.
 *
 *   errors  K2Error OVERLOADED, INTERNAL as writeDataFiles; LAKE_DAMAGED where rows belong elsewhere than their manifests say
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { bucketOf } from '../iceberg/bucket.ts'
import type { DataFile } from '../table.ts'
import { readOwn } from './reading/read.ts'
import { type Writing, writeDataFiles } from './write.ts'

export interface Rewriting extends Pick<Writing, 'folder' | 'name' | 'rowGroupRows'> {
  readonly day: number | null
  readonly bucket: number
  /** So many there are, by the sources' manifests. */
  readonly rows: number
}

/** 65 MB of trades. */
const ROWS_MAX = 500_000

/** The new file, its path relative to the folder; undefined where it is not for us to write. */
export function rewriteOwn(
  spec: TableSpec,
  sources: readonly string[],
  { day, bucket, rows, ...writing }: Rewriting,
): DataFile | undefined {
  if (rows > ROWS_MAX) return undefined
  const batch = readOwn(spec, sources, rows)
  if (batch === undefined) return undefined
  const files = writeDataFiles(spec, [batch], { ...writing, bucketOf })
  const [file] = files
  if (files.length === 1 && file?.day === day && file.bucket === bucket) return file
  for (const { path } of files) rmSync(join(writing.folder, path), { force: true })
  throw new K2Error(
    'LAKE_DAMAGED',
    `${sources.length} files of ${spec.name} hold rows of another day or bucket than their manifests say: they stay as they are. \`npx k2 lake check\` says which files it is.`,
    { table: spec.name, source: sources[0]! },
  )
}
