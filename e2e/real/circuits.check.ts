/**
 * What a service asks goes away and comes back: its circuit opens, lets one exchange through to see, and closes, in metrics,
 * health and log; and what came meanwhile is in once. Sink and sequence-tracker over a real Kafka, catalog, S3 and Redis.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import type { Dependency } from '@k2/service/policies.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startPlatform } from '../worlds/real/platform.ts'
import { type Fault, proxyTo } from '../worlds/real/proxy.ts'
import { startServer } from '../worlds/real/servers.ts'
import { killServices, type RunningService, startService } from '../worlds/service.ts'
import { appendTrades, tradeMaker } from '../worlds/trades.ts'

const timeout = 300_000
const [CLOSED, HALF_OPEN, OPEN] = ['0', '1', '2']
const SYMBOLS = ['KTA', 'KTB']

const folder = await mkdtemp(join(tmpdir(), 'k2-circuits-'))
const platform = await startPlatform('circuits', folder)
const redis = await startServer('redis', 'circuits')
/** How the catalog is: there, away, or thinking. */
let catalogIs: () => Fault | Promise<Fault> = () => undefined
const proxy = await proxyTo(platform.catalog.url, () => catalogIs())
const log = openKafkaLog(kafkaOptions(platform.kafka.url))
const registry = openRegistry({ url: platform.registry.url, deadlineMs: 5_000, incompatibility })
after(async () => {
  killServices()
  proxy.close()
  await log.close()
  await redis.stop()
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})

const metrics = async (service: RunningService): Promise<string> =>
  (await fetch(`${await service.url()}/metrics`)).text()

async function stateOf(service: RunningService, dependency: Dependency): Promise<string | undefined> {
  const line = new RegExp(`^k2_circuit_breaker_state\\{.*dependency="${dependency}".*\\} (\\d)$`, 'm')
  return line.exec(await metrics(service))?.[1]
}

async function healthOf(service: RunningService, dependency: Dependency): Promise<string> {
  const { said } = await service.health('ready')
  return (JSON.parse(said) as { components: Record<string, string> }).components[`circuit of ${dependency}`] ?? ''
}

async function seen(what: string, service: RunningService, isSo: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 120_000; Date.now() < endMs; await sleep(50))
    if (await isSo().catch(() => false)) return
  throw new Error(`not within 2 minutes: ${what}\n${service.log().slice(-4_000)}`)
}

const comesTo = (service: RunningService, dependency: Dependency, state: string) =>
  seen(`${dependency} comes to ${state}`, service, async () => (await stateOf(service, dependency)) === state)

const rowsOf = async (service: RunningService): Promise<number> =>
  Number(/^k2_sink_rows_total\{.*table="trades_v2".*\} (\d+)$/m.exec(await metrics(service))?.[1])

/** As its log has them. */
const turnsOf = (service: RunningService, dependency: Dependency): string[] =>
  [...service.log().matchAll(new RegExp(`the circuit of ${dependency} is (CLOSED|OPEN|HALF_OPEN)[ :]`, 'g'))].map(
    ([, state]) => state!,
  )

function assertTurns(service: RunningService, dependency: Dependency): void {
  const turns = turnsOf(service, dependency)
  assert.equal(turns[0], 'OPEN')
  assert.deepEqual(turns.slice(-2), ['HALF_OPEN', 'CLOSED'])
  for (const [i, state] of turns.entries()) assert.equal(state === 'HALF_OPEN', i % 2 === 1, turns.join())
}

let sent = 0
async function send(): Promise<void> {
  const make = await tradeMaker(registry)
  await appendTrades(log, make, SYMBOLS, sent, sent + 10)
  sent += 10
}

test('the sink, its catalog and its log', { timeout }, async () => {
  const own = { ...platform.settings('sink'), ICEBERG_CATALOG_URI: proxy.url, K2_SINK_COMMIT_AGE: '300ms' }
  const sink = startService('iceberg-sink', [], own)
  await seen('it is ready', sink, async () => (await sink.health('ready')).status === 200)
  for (const dependency of ['kafka', 'catalog', 'store'] as const) {
    assert.equal(await stateOf(sink, dependency), CLOSED, dependency)
    assert.equal(await healthOf(sink, dependency), 'ok', dependency)
  }
  const landed = () => seen('all of it is in', sink, async () => (await rowsOf(sink)) === sent * SYMBOLS.length)
  await send()
  await landed()

  catalogIs = () => 'no-server'
  await send()
  await comesTo(sink, 'catalog', OPEN)
  assert.match(await healthOf(sink, 'catalog'), /^ok, though the circuit of catalog is (HALF_)?OPEN after/)
  const trial = Promise.withResolvers<undefined>()
  catalogIs = () => trial.promise
  await comesTo(sink, 'catalog', HALF_OPEN)
  assert.match(await healthOf(sink, 'catalog'), /circuit of catalog is HALF_OPEN/)
  trial.resolve(undefined)
  await comesTo(sink, 'catalog', CLOSED)
  assert.equal(await healthOf(sink, 'catalog'), 'ok')
  await landed()
  assertTurns(sink, 'catalog')

  await platform.kafka.down()
  await comesTo(sink, 'kafka', OPEN)
  assert.equal(await stateOf(sink, 'catalog'), CLOSED, 'each has a circuit of its own')
  await platform.kafka.restart()
  await comesTo(sink, 'kafka', CLOSED)
  await send()
  await landed()
  assertTurns(sink, 'kafka')
  sink.kill('SIGTERM')
  assert.equal((await sink.ended).code, 0)
})

test('the tracker goes on without Redis, and finds it again', { timeout }, async () => {
  const own = { ...platform.settings('tracker'), REDIS_URL: redis.url, K2_SEQUENCE_FLUSH: '200ms' }
  const tracker = startService('sequence-tracker', [], own)
  await seen('it is ready', tracker, async () => (await tracker.health('ready')).status === 200)
  await send()
  await redis.down()
  const stop = new AbortController()
  const sending = (async () => {
    for (; !stop.signal.aborted; await sleep(300)) await send()
  })()
  try {
    await comesTo(tracker, 'redis', OPEN)
    assert.equal((await tracker.health('ready')).status, 200, 'nobody is held up')
    await redis.restart()
    await comesTo(tracker, 'redis', CLOSED)
  } finally {
    stop.abort()
    await sending
  }
  assert.equal(await healthOf(tracker, 'redis'), 'ok')
  assertTurns(tracker, 'redis')
  tracker.kill('SIGTERM')
  assert.equal((await tracker.ended).code, 0)
})
