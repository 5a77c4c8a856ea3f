/** The Stager over a worker thread. */
import type { EngineSettings } from '@k2/lake/duckdb/engine.ts'
import { startWorker, transfer } from '@k2/service/worker.ts'
import type { StageBatch } from '../core/stage.ts'
import type { Stager } from '../stager.ts'
import type { StageApi } from './stage.worker.ts'

export function workerStager(settings: EngineSettings): Stager {
  const worker = startWorker<StageApi>(new URL('./stage.worker.ts', import.meta.url), {
    name: 'sink-stage',
    workerData: settings,
  })
  return {
    stage(request) {
      const batches = request.batches.map(slim)
      const buffers = batches.flatMap(({ values, offsetDeltas, timesMs }) =>
        [values.bytes, values.starts, values.ends, offsetDeltas, timesMs].map(({ buffer }) => buffer as ArrayBuffer),
      )
      return worker.call('stage', transfer({ ...request, batches }, buffers))
    },
    close: () => worker.close(),
  }
}

/**
 * What landing needs of a batch, in buffers of its own, which are moved to the worker. The batch keeps its own: a landing
 * that fails is tried again. A clone would copy twice, and the whole of what a part of a batch is a view of.
 */
function slim({ topic, partition, from, to, count, offsetDeltas, timesMs, values }: StageBatch): StageBatch {
  const { bytes, starts, ends } = values
  const first = starts.subarray(0, count).reduce((least, start) => Math.min(least, start), bytes.length)
  const last = ends.subarray(0, count).reduce((most, end) => Math.max(most, end), first)
  return {
    topic,
    partition,
    from,
    to,
    count,
    offsetDeltas: offsetDeltas.slice(),
    timesMs: timesMs.slice(),
    values: {
      // Not slice(), which a Buffer answers with a view.
      bytes: new Uint8Array(bytes.subarray(first, last)),
      starts: starts.map((start) => start - first),
      ends: ends.map((end) => (end < 0 ? end : end - first)),
    },
  }
}
