/**
 * Files of one day and bucket written as one, and believed only once DuckDB has read the new file back and finds the same
 * rows in it as in the old ones: what our own writer writes, DuckDB did not, and our own reader has no part in it.
 *
 *   errors  K2Error LAKE_DAMAGED naming a source that cannot be read, or where there are not as many rows as the manifests
 *           say; INTERNAL where rows differ. The new file is gone then
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { type Rewriting, rewriteOwn } from '../parquet/rewrite.ts'
import type { DataFile } from '../table.ts'
import type { Engine } from './engine.ts'
import { fingerprint } from './fingerprint.ts'
import { rewriteDataFile } from './parquet.ts'

/** By our own reader and writer where they can; DuckDB reads every writer's files, and sorts more than fits into memory. */
const rewritten = async (
  engine: Engine,
  spec: TableSpec,
  sources: readonly string[],
  target: Rewriting,
): Promise<DataFile> => rewriteOwn(spec, sources, target) ?? (await rewriteDataFile(engine, spec, sources, target))

/** @param write the writer, which a test may replace by one that loses rows */
export async function compactFiles(
  engine: Engine,
  spec: TableSpec,
  sources: readonly string[],
  target: Rewriting,
  write: typeof rewritten = rewritten,
): Promise<DataFile> {
  const before = await fingerprint(engine, spec, sources)
  const file = await write(engine, spec, sources, target)
  const path = join(target.folder, file.path)
  try {
    if (file.rows !== target.rows) throw miscounted(spec, sources, file.rows, target.rows)
    refuseDifference(spec, sources, before, await fingerprint(engine, spec, [path]))
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return file
}

function miscounted(spec: TableSpec, sources: readonly string[], rows: number, rowsNamed: number): K2Error {
  return new K2Error(
    'LAKE_DAMAGED',
    `${sources.length} files of ${spec.name} hold ${rows} rows, and their manifests say ${rowsNamed}: they stay as they are. \`npx k2 lake check\` says which files it is.`,
    { table: spec.name, source: sources[0]! },
  )
}

function refuseDifference(
  spec: TableSpec,
  sources: readonly string[],
  before: readonly string[],
  after: readonly string[],
): void {
  const different = before.filter((text, index) => text !== after[index])
  if (different.length === 0) return
  throw new K2Error(
    'INTERNAL',
    `A compaction of ${sources.length} files of ${spec.name} would have changed ${different.length} of ${before.length} checksums (${different[0]} became ${after[before.indexOf(different[0]!)]}). It was dropped, and the files are as they were: report this with the files.`,
    { table: spec.name, source: sources[0]! },
  )
}
