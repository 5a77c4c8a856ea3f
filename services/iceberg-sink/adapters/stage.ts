/** The Stager over a worker thread. */
import { startWorker, transfer } from '@k2/service/worker.ts'
import { buffersOf } from '../core/batch.ts'
import type { Stager } from '../stager.ts'
import type { StageApi } from './stage.worker.ts'

export function workerStager(): Stager {
  const worker = startWorker<StageApi>(new URL('./stage.worker.ts', import.meta.url), { name: 'sink-stage' })
  return {
    stage: (request) => worker.call('stage', transfer(request, request.batches.flatMap(buffersOf))),
    close: () => worker.close(),
  }
}
