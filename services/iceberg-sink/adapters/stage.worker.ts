/** The thread that stages: Avro to columns to Parquet, with a DuckDB of its own. */

import { randomUUID } from 'node:crypto'
import { workerData } from 'node:worker_threads'
import { PARTITIONS_PER_COMMIT_MAX, TABLES } from '@k2/contracts/tables.ts'
import { type EngineSettings, openEngine } from '@k2/lake/duckdb/engine.ts'
import { writeDataFiles } from '@k2/lake/duckdb/parquet.ts'
import { named } from '@k2/lake/duckdb/whole.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { serveWorker } from '@k2/service/worker.ts'
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
  const files = await writeDataFiles(engine, spec, columns, { folder, name: randomUUID(), bucketOf })
  return { files: await named(folder, files), rows, to, last, rejected }
}

export type StageApi = typeof api

serveWorker(api)
