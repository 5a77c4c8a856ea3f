/**
 * Where the main job is done and a scenario looks on: K2 in one process on folders, or its services in processes of their own
 * over real servers. What a scenario states must hold in both.
 */
import type { FileReport } from '@k2/csv-loader/compose.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import type { Found } from '../oracle/check.ts'
import type { End, Life, SettingValues } from './embedded.ts'
import { inFolder } from './folder.ts'
import type { Serving } from './serve.ts'

export interface Work {
  readonly csv: readonly string[]
  /** More of the loader's command line: --symbol, --type. */
  readonly options?: readonly string[]
  readonly settings?: SettingValues
}

export interface World {
  /** Loads and lands, and ends then; or a process of it is killed on the way. */
  live(work: Work): Life
  /** Loads, and serves until it is stopped; what is landed is up to the sink's settings. */
  serve(work: Work): Promise<Serving>
  /** The log, while nobody else works. */
  withLog<T>(work: (log: Log, registry: SchemaRegistry) => Promise<T>): Promise<T>
  tables(): Promise<readonly Table[]>
  /** All that log and lake hold of trades, while nobody works. */
  look(): Promise<Found>
  end(): Promise<void>
}

/** `folder` is the world's alone. */
export type MakeWorld = (folder: string) => Promise<World>

export const inWorld = <T>(make: MakeWorld, work: (world: World, folder: string) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    const world = await make(folder)
    try {
      return await work(world, folder)
    } finally {
      await world.end()
    }
  })

/** What a life that came to its end says of each file. */
export function reportsOf({ err }: End): FileReport[] {
  return err.split('\n').flatMap((line) => {
    const logged = line.startsWith('{"') ? JSON.parse(line) : {}
    return 'path' in logged && 'skipped' in logged ? [logged as FileReport] : []
  })
}

/** Rows in each table now. */
export async function landedRows(world: World): Promise<Readonly<Record<string, number>>> {
  const rows: Record<string, number> = {}
  for (const table of await world.tables()) {
    const { snapshotId } = await table.head()
    const snapshot = (await table.snapshots()).find(({ id }) => id === snapshotId)
    rows[table.spec.name] = Number(snapshot?.summary['total-records'] ?? 0)
  }
  return rows
}
