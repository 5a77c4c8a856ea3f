/** The thread that stages: Avro to columns to Parquet, with a DuckDB of its own. */

import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { PARTITIONS_PER_COMMIT_MAX, TABLES } from '@k2/contracts/tables.ts'
import { type EngineSettings, openEngine } from '@k2/lake/duckdb/engine.ts'
import { writeDataFiles } from '@k2/lake/duckdb/parquet.ts'
import { named } from '@k2/lake/duckdb/whole.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { topicPartition } from '@k2/lake/table.ts'
import { serveWorker, transfer } from '@k2/service/worker.ts'
import { buffersOf } from '../core/batch.ts'
import { stage } from '../core/stage.ts'
import type { StagedFiles, StageRequest } from '../stager.ts'

const engine = await openEngine(workerData as EngineSettings)

/** One after the other: the writer's connection serves one at a time. */
let writing: Promise<unknown> = Promise.resolve()

const api = {
  stage(request: StageRequest): Promise<StagedFiles> {
    const turn = writing.then(() => stageOne(request))
    writing = turn.catch(() => {})
    return turn
  },
  close: (): Promise<void> => engine.close(),
}

async function stageOne({ table, batches, schemas, folder }: StageRequest): Promise<StagedFiles> {
  const spec = TABLES.find(({ name }) => name === table)
  if (!spec) throw new Error(`there is no table ${table}`)
  const { columns, rows, to, last, rejected } = stage(spec, batches, schemas, {
    pairs: PARTITIONS_PER_COMMIT_MAX,
    bucketOf,
  })
  // A name that no other attempt has: its files are never taken for another's.
  const name = randomUUID()
  const written = writeDataFiles(engine, spec, columns, { folder, name, bucketOf })
  const files = await written
    .then((files) => named(folder, files))
    .catch(async (error) => {
      await remove(folder, name)
      throw error
    })
  const left = batches.filter((one) => (to.get(topicPartition(one.topic, one.partition)) ?? one.from) < one.to)
  return transfer({ files, rows, to, last, rejected, left }, left.flatMap(buffersOf))
}

/** What a failure left: a disk that is full must not get fuller by every try. */
async function remove(folder: string, name: string): Promise<void> {
  const paths = await readdir(folder, { recursive: true }).catch(() => [])
  const own = paths.filter((path) => basename(path).startsWith(name))
  await Promise.allSettled(own.map((path) => rm(join(folder, path), { force: true })))
}

export type StageApi = typeof api

serveWorker(api)
