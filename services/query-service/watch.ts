/**
 * New snapshots of a table: told by hints on k2.lake.commits, and looked for now and then where no hint comes.
 *
 *   errors  none: a failure is told, and tried again
 */
import { LAKE_COMMITS } from '@k2/contracts/topics.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log, LogBatch } from '@k2/log/log.ts'
import { traceparentsOf } from '@k2/log/traced.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import { waitFor } from '@k2/service/wait.ts'
import type { FirstAnswers } from './firsts.ts'

export interface WatchPorts {
  readonly log: Log
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  readonly firsts: FirstAnswers
}

const RETRY_MS = 500

/** Calls `look` for each hint of the table, and every `lookMs`, until the signal; `look` does not throw. */
export async function watchCommits(
  ports: WatchPorts,
  lookMs: number,
  look: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([followHints(ports, look, signal), lookNowAndThen(ports, lookMs, look, signal)])
}

async function followHints(
  { log, table, clock, logger, firsts }: WatchPorts,
  look: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const ends = await waitFor(() => log.ranges([LAKE_COMMITS]), { clock, logger, signal })
      const from = ends.map(({ topic, partition, to }) => ({ topic, partition, offset: to }))
      for await (const batch of log.follow([LAKE_COMMITS], from, { signal })) {
        if (!names(batch.keys, table.spec.name)) continue
        await look()
        firsts.note(traceparentsOf(batch).map(({ parent }) => parent))
      }
    } catch (error) {
      if (signal.aborted) return
      logger.warn({ error }, 'hints of new snapshots cannot be read')
      await clock.sleep(RETRY_MS, signal).catch(() => {})
    }
  }
}

async function lookNowAndThen(
  { clock }: WatchPorts,
  lookMs: number,
  look: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal).catch(() => {})
    if (!signal.aborted) await look()
  }
}

/** Whether one of the keys is that table's name. */
function names({ bytes, starts, ends }: LogBatch['keys'], table: string): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return [...starts].some((start, i) => view.toString('utf8', start, Math.max(start, ends[i]!)) === table)
}
