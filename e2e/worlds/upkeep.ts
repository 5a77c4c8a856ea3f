/** Upkeep of an asking world's tables, harder than in life: any two files of a bucket become one, old snapshots go at once. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { workerRewriter } from '@k2/iceberg-sink/adapters/rewrite.ts'
import { COMPACTION } from '@k2/lake/maintenance/choose.ts'
import { compact } from '@k2/lake/maintenance/compact.ts'
import { expire, sweep } from '@k2/lake/maintenance/expire.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import type { Asking } from './asking.ts'

const never = new AbortController().signal
/** Past the longest question. */
const GRACE_MS = 3_000

export interface Kept {
  compactions: number
  expired: number
  deleted: number
}

export const nothingKept = (): Kept => ({ compactions: 0, expired: 0, deleted: 0 })

/** Until the signal; counts what it did. */
export async function upkeep(
  { tables, store }: Asking,
  folder: string,
  kept: Kept,
  signal: AbortSignal,
): Promise<void> {
  const rewriter = workerRewriter({ memoryMb: 256, threads: 1, tempFolder: folder })
  const common = { store, rewriter, files: inPlace, uuid: randomUUID, now: Date.now, stagingFolder: folder }
  try {
    while (!signal.aborted) {
      await sleep(200)
      for (const table of tables) {
        const ports = { ...common, table }
        const { commits } = await compact(ports, never, { ...COMPACTION, tierFiles: 2 })
        kept.compactions += commits
        kept.expired += await expire(ports, { allMs: 500, everyMinuteMs: 500 })
        kept.deleted += await sweep(ports, GRACE_MS)
      }
    }
  } finally {
    await rewriter.close()
  }
}
