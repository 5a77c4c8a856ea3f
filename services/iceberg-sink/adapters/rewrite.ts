/** The Rewriter over a worker thread, which starts with its first file. */
import type { EngineSettings } from '@k2/lake/duckdb/engine.ts'
import type { Rewriter } from '@k2/lake/maintenance/compact.ts'
import { startWorker } from '@k2/service/worker.ts'
import type { RewriteApi } from './rewrite.worker.ts'

export function workerRewriter(settings: EngineSettings): Rewriter & { close(): Promise<void> } {
  const worker = startWorker<RewriteApi>(new URL('./rewrite.worker.ts', import.meta.url), {
    name: 'lake-rewrite',
    workerData: settings,
  })
  return {
    rewrite: (request) => worker.call('rewrite', request),
    close: () => worker.close(),
  }
}
