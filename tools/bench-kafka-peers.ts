/**
 * What others make of the same topic.
 *
 *   consumer  Kafka's own kafka-consumer-perf-test: the JVM's plain read, nothing decoded
 *   Connect   Kafka Connect with Apache Iceberg's sink and Apicurio's Avro converter, 2 tasks, a commit each 10 s, into the
 *             table that it makes itself: it does less than K2 there, for its rows lie in no partitions and no order, and
 *             its times stay numbers. Twice in one process: cold, its start included, and warm
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Env, type KafkaWorld, standOf } from './bench-kafka-world.ts'
import { type Cost, costOf, startMeasured } from './bench-process.ts'

const KAFKA = fileURLToPath(import.meta.resolve('@k2/e2e/worlds/real/kafka.sh'))
const TASKS = 2
const COMMIT_MS = 10_000
const LOOK_MS = 250
const LANDED_MS_MAX = 900_000

export async function consumed({ env }: KafkaWorld, topic: string, rows: number): Promise<Cost> {
  const of = ['--bootstrap-server', env.KAFKA_BROKERS!, '--topic', topic, '--num-records', String(rows)]
  const args = ['tool', 'ConsumerPerformance', ...of, '--group', `bench.${Date.now()}`]
  const { ended, said, cost } = startMeasured(KAFKA, args)
  const code = await ended
  const read = Number(said.out.trim().split('\n').at(-1)!.split(',')[4])
  if (code !== 0 || read < rows) throw new Error(`it read ${read} of ${rows} rows: ${said.out}${said.err}`)
  return cost()
}

/** Resolves once the table has so many rows. */
export async function landedRows(
  world: KafkaWorld,
  table: string,
  rows: number,
  isAlive = () => true,
): Promise<number> {
  const endMs = performance.now() + LANDED_MS_MAX
  for (;;) {
    const stand = await standOf(world, table)
    if (stand.rows >= rows) return stand.commits
    if (!isAlive() || performance.now() > endMs) throw new Error(`${table} has ${stand.rows} of ${rows} rows`)
    await sleep(LOOK_MS)
  }
}

export interface Connect {
  /** All of the topic into that table, by a connector of that name. */
  land(table: string, rows: number): Promise<Cost>
  stop(): Promise<void>
}

export async function startConnect(world: KafkaWorld, topic: string): Promise<Connect> {
  const control = 'control-iceberg'
  await world.log.createTopics([{ name: control, partitions: 1, retentionMs: 3_600_000 }])
  let startMs = performance.now()
  const server = await world.start('connect', { KAFKA: world.env.KAFKA_BROKERS! })
  const pid = await server.pid()
  let before = 0
  return {
    async land(table, rows) {
      await told(`${server.url}/connectors/${table}/config`, 'PUT', connector(world.env, topic, table, control))
      await landedRows(world, table, rows)
      const { cpuSeconds, ...cost } = costOf(pid, startMs)()
      await told(`${server.url}/connectors/${table}`, 'DELETE')
      const spent = cpuSeconds - before
      before = costOf(pid, startMs)().cpuSeconds
      startMs = performance.now()
      return { ...cost, cpuSeconds: spent }
    },
    stop: server.stop,
  }
}

async function told(url: string, method: string, body?: Env): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
}

const connector = (env: Env, topic: string, table: string, control: string): Env => ({
  'connector.class': 'org.apache.iceberg.connect.IcebergSinkConnector',
  'tasks.max': String(TASKS),
  topics: topic,
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'io.apicurio.registry.utils.converter.AvroConverter',
  'value.converter.apicurio.registry.url': env.SCHEMA_REGISTRY_URL!.replace('/ccompat/v7', '/registry/v2'),
  'value.converter.apicurio.registry.as-confluent': 'true',
  'value.converter.apicurio.registry.use-id': 'contentId',
  'iceberg.tables': `market_data.${table}`,
  'iceberg.tables.auto-create-enabled': 'true',
  'iceberg.control.topic': control,
  'iceberg.control.commit.interval-ms': String(COMMIT_MS),
  'iceberg.kafka.bootstrap.servers': env.KAFKA_BROKERS!,
  'iceberg.catalog.type': 'rest',
  'iceberg.catalog.uri': env.ICEBERG_CATALOG_URI!,
  'iceberg.catalog.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
  'iceberg.catalog.s3.endpoint': env.AWS_ENDPOINT_URL_S3!,
  'iceberg.catalog.s3.path-style-access': 'true',
  'iceberg.catalog.s3.access-key-id': env.AWS_ACCESS_KEY_ID!,
  'iceberg.catalog.s3.secret-access-key': env.AWS_SECRET_ACCESS_KEY!,
  'iceberg.catalog.client.region': env.AWS_REGION!,
})
