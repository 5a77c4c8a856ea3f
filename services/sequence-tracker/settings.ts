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

/** Of a process of its own. */
export const ownSettings = defineSettings({
  grpcPort: {
    env: 'K2_GRPC_PORT',
    kind: 'integer',
    unit: 'port',
    min: 0,
    max: 65_535,
    default: 50_052,
    doc: 'Port of gRPC of sequence-tracker; 0 takes any free one.',
  },
})
