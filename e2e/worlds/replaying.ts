/** `node replaying.ts FOLDER MOMENT`: replays the rejected trades of a data folder, and dies at that moment of it. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { TRADES } from '@k2/contracts/tables.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { replay } from '@k2/landing/replay.ts'
import { crashAt } from '@k2/process/crash.ts'
import { realClock } from '@k2/service/clock.ts'
import { withLog } from './folder.ts'

const [data, moment] = process.argv.slice(2) as [string, string]
const reached = crashAt(`${moment}:1`)
const store = directoryStore()
const catalog = localCatalog({ warehouse: join(data, 'warehouse'), now: Date.now })
const table = await openTable({ spec: TRADES, catalog, store, now: Date.now, random: Math.random, reached })
await withLog(data, (log, registry) =>
  replay(
    {
      log,
      registry,
      table,
      store,
      clock: realClock,
      random: Math.random,
      uuid: randomUUID,
      stagingFolder: join(data, 'staging'),
      tell: () => {},
      reached,
    },
    { dryRun: false },
    new AbortController().signal,
  ),
)
