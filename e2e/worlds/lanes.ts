/** Lanes of the sink over one log and one table, each with a table handle, a group, and a staging folder of its own. */
import { join } from 'node:path'
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import { workerStager } from '@k2/iceberg-sink/adapters/stage.ts'
import type { FlushLimits } from '@k2/iceberg-sink/core/pending.ts'
import { Lane, type LaneEvent } from '@k2/iceberg-sink/lane.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { KEEP_ALL } from '@k2/shedding/policy.ts'
import { tradesOf } from './folder.ts'

export interface RunningLane {
  readonly lane: Lane
  readonly events: readonly LaneEvent[]
  /** Rejects where the lane failed. */
  stop(): Promise<void>
}

export async function startLane(
  data: string,
  name: string,
  limits: FlushLimits,
  { log, registry }: { log: Log; registry: SchemaRegistry },
): Promise<RunningLane> {
  const events: LaneEvent[] = []
  const stager = workerStager()
  const table = await tradesOf(data)
  const lane = new Lane(
    {
      log,
      registry,
      table,
      store: directoryStore(),
      stager,
      clock: realClock,
      random: Math.random,
      logger: silentLogger,
      retried: () => {},
      reached: () => {},
      policy: () => KEEP_ALL,
      told: (event) => events.push(event),
    },
    {
      group: `k2.test.${name}`,
      topics: MARKET_TOPICS.filter((topic) => topic.table.name === table.spec.name),
      limits,
      bufferBytesMax: 2 ** 26,
      stagingFolder: join(data, `staging-${name}`),
      backfill: { share: 0.5, order: 'oldest', lookMs: 1_000 },
    },
  )
  const ending = new AbortController()
  await lane.start(ending.signal)
  const running = lane.run(ending.signal)
  // Told at `stop`; until then a failure must not end the test's process.
  running.catch(() => {})
  return {
    lane,
    events,
    async stop() {
      ending.abort()
      try {
        await running
      } finally {
        await stager.close()
      }
    },
  }
}
