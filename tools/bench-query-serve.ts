/**
 * What `npm run bench -- query` asks, each in a process of its own: FOLDER service | duckdb THREADS MEMORY_MB.
 *
 *   service   the query-service over the lake in FOLDER and an empty log; tells its addresses
 *   duckdb    DuckDB alone, with the same threads and memory: runs the statements that it is sent, and fetches
 *             their answers
 */
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TABLES } from '@k2/contracts/tables.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { queryService } from '@k2/query-service/compose.ts'
import { realClock } from '@k2/service/clock.ts'
import { createHealth } from '@k2/service/health.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'

/** What the bench sends; each is answered by its own kind, under its number. */
export type Sent = { readonly kind: 'cpu' } | { readonly kind: 'sql'; readonly sql: string }

const [folder = '', what = 'service', threads = '2', memoryMb = '1024'] = process.argv.slice(2)
const engine = { threads: Number(threads), memoryMb: Number(memoryMb), tempFolder: join(folder, `tmp-${what}`) }

if (what === 'service') await serve()
else await alone()

async function serve(): Promise<void> {
  const warehouse = join(folder, 'warehouse')
  const catalog = localCatalog({ warehouse, now: realClock.nowMs })
  const lake = { catalog, store: directoryStore(), now: realClock.nowMs, random: Math.random }
  const tables = await Promise.all(TABLES.map((spec) => openTable({ ...lake, spec })))
  const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
  await log.createTopics(TOPICS)
  const query = queryService(
    {
      log,
      registry: log.registry(incompatibility),
      tables,
      files: inPlace,
      clock: realClock,
      logger: silentLogger,
      telemetry: createTelemetry({ service: 'query-service', environment: 'bench' }),
      health: createHealth('k2'),
      metrics: async () => '',
    },
    {
      host: '127.0.0.1',
      httpPort: 0,
      grpcPort: 0,
      engine: { ...engine, barsMb: Number(process.argv[7] ?? 128), readableFolders: [warehouse] },
      limits: { runningMax: Number(process.argv[6] ?? 3), waitingMax: 256 },
      readBytesMax: 0,
      slowMs: 500,
      tailRowsMax: 100_000,
      lookMs: 5_000,
      streams: { streamsMax: 8, slowMsMax: 30_000, heartbeatMs: 5_000, pageRows: 40_000 },
    },
  )
  const ending = new AbortController()
  process.on('disconnect', () => ending.abort())
  answer(() => ({}))
  const running = runServices(query.services, { logger: silentLogger, signal: ending.signal })
  while (query.rpc.address() === '') await Promise.race([running, realClock.sleep(10)])
  process.send!({ url: query.http.url(), address: query.rpc.address() })
  await running
  await log.close()
}

async function alone(): Promise<void> {
  const duckdb = await openEngine(engine)
  process.on('disconnect', () => void duckdb.close())
  answer(async (sql) => {
    const before = performance.now()
    const { currentRowCount: rows } = await duckdb.copying.runAndReadAll(sql)
    return { ms: performance.now() - before, rows }
  })
  process.send!({})
}

function answer(run: (sql: string) => object | Promise<object>): void {
  process.on('message', async ({ id, ...sent }: { readonly id: number } & Sent) => {
    const { user, system } = process.cpuUsage()
    process.send!({ id, ...(sent.kind === 'cpu' ? { seconds: (user + system) / 1e6 } : await run(sent.sql)) })
  })
}
