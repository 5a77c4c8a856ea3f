/** The sink and the upkeep of its tables, as the settings want them; `folder` is theirs alone. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { topicsLike } from '@k2/dedup/settings.ts'
import type { LocalFiles } from '@k2/lake/store/files.ts'
import { type GuardOf, guard } from '@k2/service/guard.ts'
import type { Service } from '@k2/service/run.ts'
import type { Settings } from '@k2/service/settings.ts'
import { redisStore } from '@k2/shared-store/redis.ts'
import type { Member } from '@k2/shedding/member.ts'
import { policyBy, sheddingRules } from '@k2/shedding/rules.ts'
import { workerRewriter } from './adapters/rewrite.ts'
import { workerStager } from './adapters/stage.ts'
import { type IcebergSink, icebergSink, type Ports } from './compose.ts'
import type { sinkSettings } from './settings.ts'
import { upkeep } from './upkeep.ts'
import { countUpkeep } from './upkeep-metrics.ts'

/** A fifth less CPU a row over Kafka and S3, for 100 MB more memory (`npm run bench -- sink-kafka`). */
const BACKLOG_COMMITS = 4
const BACKFILL_LOOK_MS = 1_000

const DAY_MS = 86_400_000

export interface Landing {
  readonly sink: IcebergSink
  /** In the order to start them. */
  readonly services: readonly Service[]
}

export function landing(
  ports: Omit<Ports, 'stager' | 'policy'> & {
    readonly files: LocalFiles
    readonly degradation?: Member
    readonly guardOf?: GuardOf
  },
  settings: Settings<typeof sinkSettings>,
  folder: string,
): Landing {
  const stagingFolder = join(folder, 'staging')
  const { commitRows: rows, commitBytes: bytes, commitAgeMs: ageMs } = settings
  const limits = { rows, rowsMax: rows * BACKLOG_COMMITS, bytes, ageMs }
  const { bufferBytesMax, upkeepIntervalMs: intervalMs, upkeepGraceMs: graceMs, orphanAgeMs } = settings
  const { backfillShare: share, backfillOrder, pressedFilesMax, rowsPerSecondMax } = settings
  const order = backfillOrder === 'oldest' ? 'oldest' : 'newest'
  const backfill = { share, order, lookMs: BACKFILL_LOOK_MS } as const
  const level = ports.degradation?.view.level ?? (() => 0)
  const rules = sheddingRules(ports, settings)
  const policy = policyBy(rules, level)
  const { dedupWindowMs: windowMs, dedupMemoryBytesMax: memoryBytesMax } = settings
  const dedup = { windowMs, memoryBytesMax, isJudged: topicsLike(settings.dedupTopics) }
  const { guardOf = guard } = ports
  const lastsMs = 2 * windowMs + DAY_MS
  const shared = settings.redisUrl && redisStore(settings.redisUrl.reveal(), { lastsMs, guard: guardOf('redis') })
  const sink = icebergSink(
    { ...ports, policy, stager: workerStager(), ...(shared && { shared }) },
    { limits, bufferBytesMax, stagingFolder, backfill, rowsPerSecondMax, dedup },
  )
  const rewriter = workerRewriter({
    memoryMb: settings.upkeepMemoryMb,
    threads: 1,
    tempFolder: join(folder, 'tmp', 'upkeep'),
  })
  ports.degradation?.tells(() => sink.pressure())
  const isPressed = () => level() >= 1
  const lakeUpkeep = upkeep(
    { ...ports, rewriter, uuid: randomUUID, told: countUpkeep(ports.telemetry), isOurs: sink.leads, isPressed },
    { intervalMs, graceMs, orphanAgeMs, pressedFilesMax, stagingFolder: join(stagingFolder, 'upkeep') },
  )
  return { sink, services: [rules, sink, lakeUpkeep] }
}
