/** The query-service as the settings want it; DuckDB spills into `folder` and reads below `readableFolders` alone. */
import { join } from 'node:path'
import { type CallerSettings, callerOf } from '@k2/service/access/caller.ts'
import type { Settings } from '@k2/service/settings.ts'
import { trackersAt } from './adapters/trackers.ts'
import { type Ports, type QueryService, queryService } from './compose.ts'
import type { querySettings } from './settings.ts'

/**
 * Few make a scan for each page dear, many make pages dear to hold: three of 100,000 are 75 MB outside V8's heap, for which it
 * collects all of that heap so often that this costs as much as all else.
 */
const PAGE_ROWS = 40_000

export function answering(
  ports: Ports,
  settings: Settings<typeof querySettings> & CallerSettings,
  folder: string,
  readableFolders: readonly string[],
): QueryService {
  const { host, httpPort, grpcPort, tailRowsMax, lookMs, slowMs, streamsMax } = settings
  const { streamSlowMs: slowMsMax, streamHeartbeatMs: heartbeatMs } = settings
  const streams = { streamsMax, slowMsMax, heartbeatMs, pageRows: PAGE_ROWS }
  const engine = {
    memoryMb: settings.queryMemoryMb,
    threads: settings.queryThreads,
    barsMb: settings.queryBarsMb,
    tempFolder: join(folder, 'tmp', 'query'),
    readableFolders,
  }
  const limits = { runningMax: settings.queryRunningMax, waitingMax: settings.queryWaitingMax }
  const trackers = [...(ports.trackers ?? []), ...trackersAt(settings.sequenceAddresses, callerOf(settings))]
  return queryService(
    { ...ports, trackers },
    {
      host,
      httpPort,
      grpcPort,
      engine,
      limits,
      readBytesMax: settings.queryBytesMax,
      slowMs,
      tailRowsMax,
      lookMs,
      streams,
    },
  )
}
