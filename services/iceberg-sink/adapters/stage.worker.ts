/** The thread that stages: Avro to columns to Parquet, one table after the other. */

import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PARTITIONS_PER_COMMIT_MAX, TABLES } from '@k2/contracts/tables.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import { topicPartition } from '@k2/lake/table.ts'
import { buffersOf } from '@k2/landing/batch.ts'
import { stage } from '@k2/landing/stage.ts'
import { serveWorker, transfer } from '@k2/service/worker.ts'
import type { StagedFiles, StageRequest } from '../stager.ts'

const api = {
  /** It holds the thread until the files are closed, so one call is never in the midst of another. */
  stage: async (request: StageRequest): Promise<StagedFiles> => stageOne(request),
}

function stageOne({ table, batches, schemas, repeats, folder }: StageRequest): StagedFiles {
  const spec = TABLES.find(({ name }) => name === table)
  if (!spec) throw new Error(`there is no table ${table}`)
  const limits = { pairs: PARTITIONS_PER_COMMIT_MAX, bucketOf }
  const { columns, rows, to, last, rejected, repeated } = stage(spec, batches, schemas, limits, { repeats })
  // A name that no other attempt has: its files are never taken for another's.
  const name = randomUUID()
  const files = written(folder, name, () => writeDataFiles(spec, columns, { folder, name, bucketOf }))
  const left = batches.filter((one) => (to.get(topicPartition(one.topic, one.partition)) ?? one.from) < one.to)
  return transfer({ files, rows, to, last, rejected, repeated, left }, left.flatMap(buffersOf))
}

/** Removes what a failure left: a disk that is full must not get fuller by every try. */
function written<T>(folder: string, name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    remove(folder, name)
    throw error
  }
}

function remove(folder: string, name: string): void {
  try {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    for (const path of paths) if (basename(path).startsWith(name)) rmSync(join(folder, path), { force: true })
  } catch {
    // What stays is an orphan of the staging folder; why the writing failed is what matters.
  }
}

export type StageApi = typeof api

serveWorker(api)
