/** Real servers for benches over Kafka: Kafka, a schema registry, Iceberg's REST catalog, S3; and what lies in a table. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { fetchedFolder, type Running, type Server, s3Environment, startServer } from '@k2/e2e/worlds/real/servers.ts'
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import type { Float64Column } from '@k2/lake/duckdb/result.ts'
import { readManifest } from '@k2/lake/iceberg/manifest.ts'
import { readManifestList } from '@k2/lake/iceberg/manifest-list.ts'
import { type Lake, openLake } from '@k2/lake/open.ts'
import { lakeSettings } from '@k2/lake/settings.ts'
import { type OpenLog, openLog } from '@k2/log/open.ts'
import { logSettings } from '@k2/log/settings.ts'
import { readSettings } from '@k2/service/settings.ts'

const SET = 'bench'
const NAMESPACE = 'market_data'

export type Env = Readonly<Record<string, string>>

export interface KafkaWorld extends OpenLog {
  /** Names all of it, for a service. */
  readonly env: Env
  readonly lake: Lake
  readonly folder: string
  start(name: Server, env?: Env): Promise<Running>
  stop(): Promise<void>
}

/** Whether the programs were fetched before: fetching them takes minutes, and the network. */
export const isKafkaThere = (): boolean => existsSync(fetchedFolder('connect')) && existsSync(fetchedFolder('catalog'))

export async function openKafkaWorld(): Promise<KafkaWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-kafka-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  async function start(name: Server, env: Env = {}): Promise<Running> {
    const server = await startServer(name, SET, env)
    stops.push(server.stop)
    return server
  }
  async function stop(): Promise<void> {
    for (const each of stops.splice(0).reverse()) await each()
  }
  try {
    const { url: s3 } = await start('s3')
    const env = {
      ...s3Environment(s3),
      ICEBERG_CATALOG_URI: (await start('catalog', { S3: s3 })).url,
      KAFKA_BROKERS: (await start('kafka')).url,
      SCHEMA_REGISTRY_URL: (await start('registry')).url,
    }
    const lake = await openLake(
      readSettings(lakeSettings, {}, env),
      { warehouse: folder, cache: join(folder, 'cache') },
      Date.now,
    )
    stops.push(() => lake.close())
    const where = { folder, now: Date.now, incompatibility }
    const open = await openLog(readSettings(logSettings, {}, env), where)
    stops.push(() => open.log.close())
    await open.log.createTopics(TOPICS)
    return { ...open, env, lake, folder, start, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Rows of a table's newest snapshot by its own word, and how many snapshots there are. */
export async function standOf({ lake }: KafkaWorld, name: string): Promise<{ rows: number; commits: number }> {
  const { metadata } = (await lake.catalog.load({ namespace: NAMESPACE, name })) ?? {}
  const newest = metadata?.snapshots?.find((one) => one['snapshot-id'] === metadata['current-snapshot-id'])
  return { rows: Number(newest?.summary['total-records'] ?? 0), commits: metadata?.snapshots?.length ?? 0 }
}

export interface Tally {
  readonly rows: number
  /** Of the rows that were sent; each has a number of its own. */
  readonly doubled: number
  readonly lost: number
  readonly bytesPerRow: number
}

/** Reads every row's number: what a table says of itself proves nothing. */
export async function tallyOf({ lake, folder }: KafkaWorld, name: string, sent: number): Promise<Tally> {
  const { metadata } = (await lake.catalog.load({ namespace: NAMESPACE, name }))!
  const newest = metadata.snapshots!.find((one) => one['snapshot-id'] === metadata['current-snapshot-id'])!
  const list = newest['manifest-list']
  const at = join(folder, `tally-${name}`)
  await mkdir(at, { recursive: true })
  let bytes = 0
  let files = 0
  for (const { path } of readManifestList(await lake.store.read(list), list)) {
    for (const entry of readManifest(await lake.store.read(path), path)) {
      if (entry.status === 'deleted') continue
      await writeFile(join(at, `${files++}.parquet`), await lake.store.read(entry.path))
      bytes += entry.sizeBytes
    }
  }
  const engine = await openEngine({ memoryMb: 1_024, threads: 2, tempFolder: join(folder, 'tmp') })
  try {
    const { columns } = await engine.query(
      `SELECT count(*)::DOUBLE AS found, count(DISTINCT source_sequence)::DOUBLE AS of_them FROM read_parquet('${at}/*.parquet')
       WHERE source_sequence >= 0 AND source_sequence < ${sent}`,
    )
    const numberOf = (column: string) => (columns.get(column) as Float64Column).values[0]!
    const [rows, distinct] = [numberOf('found'), numberOf('of_them')]
    return { rows, doubled: rows - distinct, lost: sent - distinct, bytesPerRow: bytes / rows }
  } finally {
    await engine.close()
    await rm(at, { recursive: true })
  }
}
