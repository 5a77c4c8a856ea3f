/** The thread that compacts, with a DuckDB of its own, whose sorting spills to disk: nobody waits for it. */
import { workerData } from 'node:worker_threads'
import { TABLES } from '@k2/contracts/tables.ts'
import { compactFiles } from '@k2/lake/duckdb/compaction.ts'
import { type EngineSettings, openEngine } from '@k2/lake/duckdb/engine.ts'
import type { RewriteRequest } from '@k2/lake/maintenance/compact.ts'
import type { DataFile } from '@k2/lake/table.ts'
import { serveWorker } from '@k2/service/worker.ts'

const engine = await openEngine(workerData as EngineSettings)

const api = {
  async rewrite({ table, sources, ...target }: RewriteRequest): Promise<DataFile> {
    const spec = TABLES.find(({ name }) => name === table)
    if (!spec) throw new Error(`there is no table ${table}`)
    return compactFiles(engine, spec, sources, target)
  },
  close: (): Promise<void> => engine.close(),
}

export type RewriteApi = typeof api

serveWorker(api)
