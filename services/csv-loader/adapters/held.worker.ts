/** A thread with a DuckDB that reads ids from the lake's files. */
import { workerData } from 'node:worker_threads'
import { type EngineSettings, openEngine, type Param } from '@k2/lake/duckdb/engine.ts'
import type { Result } from '@k2/lake/duckdb/result.ts'
import { serveWorker } from '@k2/service/worker.ts'

const engine = await openEngine(workerData as EngineSettings)

const api = {
  query: (sql: string, params: readonly Param[], files: readonly string[]): Promise<Result> =>
    engine.query(sql, params, { files }),
  close: (): Promise<void> => engine.close(),
}

export type HeldApi = typeof api

serveWorker(api)
