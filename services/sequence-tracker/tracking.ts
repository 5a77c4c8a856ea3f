/** The sequence-tracker as the settings want it; its store is below `folder`. */
import { join } from 'node:path'
import type { Settings } from '@k2/service/settings.ts'
import { type Ports, type SequenceTracker, sequenceTracker } from './compose.ts'
import type { sequenceSettings } from './settings.ts'

export function tracking(ports: Ports, settings: Settings<typeof sequenceSettings>, folder: string): SequenceTracker {
  const { sequenceStreamsMax: streamsMax, sequenceFlushMs: flushMs } = settings
  return sequenceTracker(ports, { streamsMax, flushMs, storePath: join(folder, 'tmp', 'sequence', 'store.sqlite') })
}
