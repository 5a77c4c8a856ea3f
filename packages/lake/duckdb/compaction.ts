/**
 * Files of one day and bucket written as one, and believed only once the new file has been read back and says the same
 * rows.
 *
 *   errors  K2Error LAKE_DAMAGED naming a source that cannot be read; INTERNAL where rows differ, with the new file gone
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { DataFile } from '../table.ts'
import type { Engine } from './engine.ts'
import { fingerprint } from './fingerprint.ts'
import { rewriteDataFile } from './parquet.ts'

export interface RewriteTarget {
  readonly day: number | null
  readonly bucket: number
  readonly folder: string
  readonly name: string
}

/** @param write the writer, which a test may replace by one that loses rows */
export async function compactFiles(
  engine: Engine,
  spec: TableSpec,
  sources: readonly string[],
  target: RewriteTarget,
  write: typeof rewriteDataFile = rewriteDataFile,
): Promise<DataFile> {
  const before = await fingerprint(engine, spec, sources)
  const file = await write(engine, spec, sources, target)
  const path = join(target.folder, file.path)
  const after = await fingerprint(engine, spec, [path])
  const different = before.filter((text, index) => text !== after[index])
  if (different.length === 0) return file
  await rm(path, { force: true })
  throw new K2Error(
    'INTERNAL',
    `A compaction of ${sources.length} files of ${spec.name} would have changed ${different.length} of ${before.length} checksums (${different[0]} became ${after[before.indexOf(different[0]!)]}). It was dropped, and the files are as they were: report this with the files.`,
    { table: spec.name, source: sources[0]! },
  )
}
