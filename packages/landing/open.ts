/**
 * Log and lake for a command that works on both: beside the services that run on them, or on a folder that none holds.
 * Nothing is made where there is none.
 *
 *   errors  NOT_FOUND where there is no table; those of opening log and lake
 */
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { NAMESPACE, TABLES } from '@k2/contracts/tables.ts'
import type { BesideSettings } from '@k2/dedup/beside.ts'
import { dedupSettings, topicsLike } from '@k2/dedup/settings.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { openLake } from '@k2/lake/open.ts'
import { lakeSettings } from '@k2/lake/settings.ts'
import type { Store } from '@k2/lake/store/store.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { openLog } from '@k2/log/open.ts'
import { logSettings } from '@k2/log/settings.ts'
import { realClock } from '@k2/service/clock.ts'
import { readSettings } from '@k2/service/settings.ts'

export interface Opened {
  readonly log: Log
  readonly registry: SchemaRegistry
  /** Those that are there. */
  readonly tables: readonly Table[]
  readonly store: Store
  /** What is de-duplicated, as it must be for the sink. */
  readonly dedup: BesideSettings
  close(): Promise<void>
}

/**
 * @param data folder of `npm start`, where settings name no other place
 * @param cache of a remote lake's files, of which none are read
 */
export async function openLanding(data: string, cache: string): Promise<Opened> {
  const settings = readSettings({ ...lakeSettings, ...logSettings, ...dedupSettings })
  const now = realClock.nowMs
  const folders = { warehouse: join(data, 'warehouse'), cache }
  const lake = await openLake(settings, folders, now)
  try {
    const { catalog, store } = lake
    const tables: Table[] = []
    for (const spec of TABLES)
      if ((await catalog.load({ namespace: NAMESPACE, name: spec.name })) !== undefined)
        tables.push(await openTable({ spec, catalog, store, now, random: Math.random }))
    if (tables.length === 0) {
      const where = settings.catalogUri ?? settings.warehouse ?? folders.warehouse
      throw new K2Error('NOT_FOUND', `There is no table of K2 in ${where}. --data names the folder of npm start.`)
    }
    const { log, registry } = await openLog(settings, { folder: join(data, 'log'), now, incompatibility })
    const close = async () => {
      await log.close()
      await lake.close()
    }
    const dedup = { windowMs: settings.dedupWindowMs, isJudged: topicsLike(settings.dedupTopics) }
    return { log, registry, tables, store, dedup, close }
  } catch (error) {
    await lake.close()
    throw error
  }
}
