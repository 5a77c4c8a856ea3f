/** The world of `npm start`: one process on folders. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TABLES } from '@k2/contracts/tables.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { look } from '../oracle/check.ts'
import { live } from './embedded.ts'
import { withLog } from './folder.ts'
import { serve } from './serve.ts'
import type { MakeWorld } from './world.ts'

export const oneProcess: MakeWorld = async (folder) => {
  const data = join(folder, 'data')
  // Who is to load nothing watches a folder without files: without a word it would load a sample.
  const empty = join(folder, 'empty')
  await mkdir(empty, { recursive: true })
  return {
    live: ({ csv, options = [], settings = {} }) => live({ data, csv, options, once: true, settings }),
    serve: ({ csv, options = [], settings = {} }) => {
      const texts = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]))
      return serve(['--data', data, ...options, ...(csv.length > 0 ? ['--csv', ...csv] : ['--watch', empty])], texts)
    },
    withLog: (work) => withLog(data, work),
    tables() {
      const catalog = localCatalog({ warehouse: join(data, 'warehouse'), now: Date.now })
      const shared = { catalog, store: directoryStore(), now: Date.now, random: Math.random }
      return Promise.all(TABLES.map((spec) => openTable({ ...shared, spec })))
    },
    look: () => look(data),
    async end() {},
  }
}
