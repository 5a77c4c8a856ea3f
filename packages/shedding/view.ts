/**
 * The level as a service hears of it: all that k2.degradation.state holds, and what comes. Is its controller silent, the last
 * level holds, and whoever asks is told so.
 *
 *   errors  none: what cannot be read is told, and tried again
 */
import type { Level } from '@k2/contracts/degradation.ts'
import { levelName } from '@k2/contracts/degradation.ts'
import { DEGRADATION_STATE } from '@k2/contracts/topics.ts'
import { sliceAt } from '@k2/log/batches.ts'
import type { Log, LogBatch } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Service } from '@k2/service/run.ts'
import { nowAndThen, waitFor } from '@k2/service/wait.ts'
import { type Heard, heard, NOTHING_HEARD, type SaidRecord } from './state.ts'

export interface ViewPorts {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
}

export interface LevelView extends Service {
  heard(): Heard
  /** In force, as far as it has heard. */
  level(): Level
  /** When the controller last said something; undefined: never. */
  heardMs(): number | undefined
  /** Why the level may be an old one; undefined where it is not. */
  trouble(): string | undefined
  /** Told after each record; the function that it gives ends it. */
  onChange(told: () => void): () => void
}

/** Three of the controller's signs of life. */
export const SILENT_MS = 30_000
const RETRY_MS = 500

export function levelView(ports: ViewPorts, silentMs = SILENT_MS): LevelView {
  const { log, clock, logger } = ports
  const listeners = new Set<() => void>()
  const isDue = nowAndThen(clock)
  let now: Heard = NOTHING_HEARD
  let lastMs: number | undefined

  function take(said: SaidRecord, timeMs: number): void {
    const before = now
    now = heard(before, said)
    // An older leader's word is no sign of life.
    if (now.state !== before.state || now.leader !== before.leader) lastMs = Math.min(timeMs, clock.nowMs())
    for (const told of listeners) told()
  }

  /** Answers from where to go on. */
  async function catchUp(): Promise<bigint> {
    const [range] = await log.ranges([DEGRADATION_STATE])
    const held = await log.latest(DEGRADATION_STATE)
    for (const one of held.toSorted((a, b) => (a.offset < b.offset ? -1 : 1))) take(one, one.timeMs)
    return range?.to ?? 0n
  }

  function takeBatch(batch: LogBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const [key, value] = [sliceAt(batch.keys, i), sliceAt(batch.values, i)]
      if (key === null || value === null) continue
      const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
      take({ key: Buffer.from(key).toString(), value, offset }, batch.timesMs[i]!)
    }
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const offset = await waitFor(catchUp, { clock, logger, signal })
    const from = [{ topic: DEGRADATION_STATE, partition: 0, offset }]
    for await (const batch of log.follow([DEGRADATION_STATE], from, { signal })) takeBatch(batch)
  }

  async function run(signal: AbortSignal): Promise<void> {
    const watching = watchSilence(signal)
    while (!signal.aborted) {
      try {
        await follow(signal)
      } catch (error) {
        if (signal.aborted) break
        logger.warn({ error }, 'the level of degradation cannot be read, and is tried again')
        await clock.sleep(RETRY_MS, signal).catch(() => {})
      }
    }
    await watching
  }

  async function watchSilence(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(silentMs, signal).catch(() => {})
      const why = trouble()
      if (!signal.aborted && why !== undefined && lastMs !== undefined && isDue()) logger.warn(why)
    }
  }

  const level = (): Level => now.state?.level ?? 0

  function trouble(): string | undefined {
    if (lastMs === undefined) return 'no degradation-controller has said anything yet: the level is taken to be NORMAL'
    const silent = clock.nowMs() - lastMs
    if (silent <= silentMs) return undefined
    const seconds = Math.round(silent / 1_000)
    return `the degradation-controller has been silent for ${seconds} s: the last level, ${levelName(level())}, is kept`
  }

  return {
    name: 'level of degradation',
    // So that what it was before a restart holds from the first record on, where the log is there to tell.
    start: async () => void (await catchUp().catch((error) => logger.debug({ error }, 'the level was not heard yet'))),
    run,
    heard: () => now,
    level,
    heardMs: () => lastMs,
    trouble,
    onChange(told) {
      listeners.add(told)
      return () => listeners.delete(told)
    },
  }
}
