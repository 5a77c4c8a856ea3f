/**
 * Upkeep of the tables, beside the lanes and never in their way: a commit that comes in between wins, and a pass that
 * failed is told and tried again at the next.
 *
 *   every so often, table by table:  compact ─► expire ─► sweep
 *   once a day:                      orphans
 */
import { setMaxListeners } from 'node:events'
import { codeOf } from '@k2/contracts/codes.ts'
import { type Compacted, compact, type Rewriter } from '@k2/lake/maintenance/compact.ts'
import { expire, sweep } from '@k2/lake/maintenance/expire.ts'
import { removeOrphans } from '@k2/lake/maintenance/orphans.ts'
import type { LocalFiles } from '@k2/lake/store/files.ts'
import type { Store } from '@k2/lake/store/store.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Service } from '@k2/service/run.ts'

export interface UpkeepPorts {
  readonly tables: readonly Table[]
  readonly store: Store
  readonly rewriter: Rewriter & { close(): Promise<void> }
  readonly files: LocalFiles
  readonly clock: Clock
  readonly logger: Logger
  readonly uuid: () => string
  readonly told: (event: UpkeepEvent) => void
  /** Of several sinks one keeps up a table: the others would do the same work, and lose the race. */
  readonly isOurs: (table: string) => boolean
  /** Derived work waits, as long as it can. */
  readonly isPressed: () => boolean
}

export interface UpkeepSettings {
  readonly intervalMs: number
  /** How long files stay after no snapshot names them: past the longest question or cursor. */
  readonly graceMs: number
  readonly orphanAgeMs: number
  /** Under pressure tables of fewer data files are not compacted. */
  readonly pressedFilesMax: number
  readonly stagingFolder: string
}

export type UpkeepEvent =
  | ({ readonly kind: 'compacted'; readonly table: string; readonly seconds: number } & Compacted)
  | { readonly kind: 'expired'; readonly table: string; readonly snapshots: number }
  | { readonly kind: 'deleted'; readonly table: string; readonly files: number; readonly reason: 'expired' | 'orphan' }
  | { readonly kind: 'failed'; readonly table: string; readonly code: string }
  | {
      readonly kind: 'counted'
      readonly table: string
      readonly files: number
      readonly manifests: number
      readonly deletes: number
    }

const ORPHANS_EVERY_MS = 86_400_000
const ROWS_DELETED =
  "another engine has deleted single rows: data files are not compacted until that engine rewrites the table's data files"

export function upkeep(ports: UpkeepPorts, settings: UpkeepSettings): Service {
  const { tables, clock, logger, told } = ports
  let orphansDueMs = clock.nowMs() + ORPHANS_EVERY_MS
  let running: Promise<void> = Promise.resolve()

  async function pass(table: Table, withOrphans: boolean, signal: AbortSignal): Promise<void> {
    if (ports.isOurs(table.spec.name)) await keepUp(table, withOrphans, signal)
    const { all: manifests, deletes } = await table.upkeep.manifests()
    const { length: files } = await table.upkeep.files()
    told({ kind: 'counted', table: table.spec.name, files, manifests, deletes })
  }

  /** What is small now is compacted after the pressure; beyond the floor every question would pay for it. */
  async function mayWait(table: Table): Promise<boolean> {
    return ports.isPressed() && (await table.upkeep.files()).length < settings.pressedFilesMax
  }

  async function keepUp(table: Table, withOrphans: boolean, signal: AbortSignal): Promise<void> {
    const name = table.spec.name
    const startMs = clock.nowMs()
    const { stagingFolder, graceMs, orphanAgeMs } = settings
    if (await mayWait(table)) logger.info({ table: name }, 'compaction waits until pressure is over')
    else {
      const done = await compact({ ...ports, table, stagingFolder }, signal)
      told({ kind: 'compacted', table: name, seconds: (clock.nowMs() - startMs) / 1_000, ...done })
      if (done.filesBefore > 0) logger.info({ table: name, ...done }, 'compacted')
      if (done.deletesRows) logger.warn({ table: name }, ROWS_DELETED)
    }
    const timed = { ...ports, table, now: clock.nowMs }
    const snapshots = await expire(timed)
    told({ kind: 'expired', table: name, snapshots })
    const swept = await sweep(timed, graceMs)
    told({ kind: 'deleted', table: name, files: swept, reason: 'expired' })
    if (snapshots > 0 || swept > 0) logger.info({ table: name, snapshots, files: swept }, 'expired')
    if (withOrphans) {
      const { files, bytes } = await removeOrphans(timed, orphanAgeMs)
      told({ kind: 'deleted', table: name, files, reason: 'orphan' })
      if (files > 0) logger.info({ table: name, files, bytes }, 'orphans removed')
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    setMaxListeners(0, signal)
    while (!signal.aborted) {
      try {
        await clock.sleep(settings.intervalMs, signal)
      } catch {
        return
      }
      const withOrphans = clock.nowMs() >= orphansDueMs
      if (withOrphans) orphansDueMs = clock.nowMs() + ORPHANS_EVERY_MS
      for (const table of tables) {
        if (signal.aborted) return
        try {
          await pass(table, withOrphans, signal)
        } catch (error) {
          if (signal.aborted) return
          told({ kind: 'failed', table: table.spec.name, code: codeOf(error) })
          logger.warn({ table: table.spec.name, error }, 'a pass of upkeep failed; the next one tries again')
        }
      }
    }
  }

  return {
    name: 'lake-upkeep',
    run(signal) {
      running = run(signal)
      return running
    },
    async stop() {
      await running.catch(() => {})
      await ports.rewriter.close()
    },
  }
}
