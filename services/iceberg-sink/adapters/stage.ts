/** The Stager over a worker thread. */
import type { EngineSettings } from '@k2/lake/duckdb/engine.ts'
import { startWorker } from '@k2/service/worker.ts'
import type { StageBatch } from '../core/stage.ts'
import type { Stager } from '../stager.ts'
import type { StageApi } from './stage.worker.ts'

export function workerStager(settings: EngineSettings): Stager {
  const worker = startWorker<StageApi>(new URL('./stage.worker.ts', import.meta.url), {
    name: 'sink-stage',
    workerData: settings,
  })
  return {
    stage: (request) => worker.call('stage', { ...request, batches: request.batches.map(slim) }),
    close: () => worker.close(),
  }
}

/** What landing needs of a batch: the rest would be copied from thread to thread. */
function slim({ topic, partition, from, to, count, offsetDeltas, timesMs, values }: StageBatch): StageBatch {
  return { topic, partition, from, to, count, offsetDeltas, timesMs, values }
}
