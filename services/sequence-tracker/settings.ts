/** The sequence-tracker's settings. */
import { defineSettings } from '@k2/service/settings.ts'
import { sharedStoreSettings } from '@k2/shared-store/settings.ts'

export const sequenceSettings = {
  ...sharedStoreSettings,
  ...defineSettings({
    sequenceStreamsMax: {
      env: 'K2_SEQUENCE_STREAMS',
      kind: 'integer',
      unit: 'streams',
      min: 1,
      max: 10_000_000,
      default: 10_000,
      doc: 'Streams of numbers in memory: a symbol on a venue, and a trading day where its numbers begin again. Others wait on disk.',
    },
    sequenceFlushMs: {
      env: 'K2_SEQUENCE_FLUSH',
      kind: 'duration',
      unit: 'ms',
      min: 10,
      max: 60_000,
      default: 1_000,
      doc: 'What numbers show is in the log, and answered, at the latest so long after it was read.',
    },
  }),
}
