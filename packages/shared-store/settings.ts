/** Of the store that processes share. */
import { defineSettings } from '@k2/service/settings.ts'

export const sharedStoreSettings = defineSettings({
  redisUrl: {
    env: 'REDIS_URL',
    kind: 'secret',
    optional: true,
    doc: 'Redis (redis://host:port), for what processes share. With it the sink has message ids there that K2_DEDUP_MEMORY has no room for, some 100 bytes each; without it repeats of those land twice. Of sequence-trackers one that acts for partitions which have gone to another hears of it there.',
  },
})
