/** The Stager over a worker thread. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buffersOf } from '@k2/landing/batch.ts'
import { startWorker, transfer } from '@k2/service/worker.ts'
import type { Stager } from '../stager.ts'
import type { StageApi } from './stage.worker.ts'

export function workerStager(): Stager {
  const worker = startWorker<StageApi>(new URL('./stage.worker.ts', import.meta.url), { name: 'sink-stage' })
  return {
    stage: (request) => worker.call('stage', transfer(request, request.batches.flatMap(buffersOf))),
    async discard(folder, files) {
      await Promise.allSettled(files.map(({ path }) => rm(join(folder, path), { force: true })))
    },
    close: () => worker.close(),
  }
}
