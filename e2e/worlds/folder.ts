/** A folder that is there for one test, and what a run of K2 leaves in it. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import type { Table } from '@k2/lake/table.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-e2e-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The log of a data folder that no process holds. */
export async function withLog<T>(data: string, work: (log: Log, registry: SchemaRegistry) => Promise<T>): Promise<T> {
  const log = openEmbeddedLog(join(data, 'log'), { now: Date.now })
  try {
    return await work(log, log.registry(incompatibility))
  } finally {
    await log.close()
  }
}

/** The table of trades of a data folder; each call is a writer of its own. */
export function tradesOf(data: string): Promise<Table> {
  const catalog = localCatalog({ warehouse: join(data, 'warehouse'), now: Date.now })
  return openTable({ spec: TRADES, catalog, store: directoryStore(), now: Date.now, random: Math.random })
}

/** Every file below, with size and time: equal lists mean that nothing was written. */
export async function listing(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const lines = files.sort().map(async (path) => {
    const { size, mtimeMs } = await stat(path)
    return `${path} ${size} ${mtimeMs}`
  })
  return Promise.all(lines)
}
