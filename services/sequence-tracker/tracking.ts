/** The sequence-tracker as the settings want it; its store is below `folder`. */
import { join } from 'node:path'
import { type GuardOf, guard } from '@k2/service/guard.ts'
import type { Settings } from '@k2/service/settings.ts'
import { redisStore } from '@k2/shared-store/redis.ts'
import { type Ports, type SequenceTracker, sequenceTracker } from './compose.ts'
import type { sequenceSettings } from './settings.ts'

/** Those of streams that are silent half as long are gone from the shared store; the log has them. */
const LASTS_MS = 28 * 86_400_000

export function tracking(
  ports: Ports & { readonly guardOf?: GuardOf },
  settings: Settings<typeof sequenceSettings>,
  folder: string,
): SequenceTracker {
  const { sequenceStreamsMax: streamsMax, sequenceFlushMs: flushMs } = settings
  const { guardOf = guard } = ports
  const store =
    settings.redisUrl && redisStore(settings.redisUrl.reveal(), { lastsMs: LASTS_MS, guard: guardOf('redis') })
  return sequenceTracker(store ? { ...ports, store } : ports, {
    streamsMax,
    flushMs,
    storePath: join(folder, 'tmp', 'sequence', 'store.sqlite'),
  })
}
