/**
 * Trackers in processes of their own over a real Kafka and registry: killed with -9 in the middle of a flush and at any
 * time, joined by others, and stood still until their partitions were dealt to others, with a Redis that is killed too. The
 * ledger is what a scan of the log says, and any of them answers for it.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SequenceServiceDefinition } from '@k2/contracts/gen/k2/v1/SequenceService.ts'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import { SEQUENCE_PROTO } from '@k2/sequence-tracker/compose.ts'
import { SEQUENCE_SERVICE } from '@k2/sequence-tracker/rpc.ts'
import { createRpcClient, loadProtos, serviceIn } from '@k2/service/rpc.ts'
import { scanned, told } from '../oracle/sequence.ts'
import type { SettingValues } from '../worlds/embedded.ts'
import { NumberedFeed } from '../worlds/numbered.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startPlatform } from '../worlds/real/platform.ts'
import { startServer } from '../worlds/real/servers.ts'
import { killServices, type RunningService, startService, until } from '../worlds/service.ts'
import { append, judged } from '../worlds/tracking.ts'
import { below, oneOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? Math.floor(Math.random() * 2 ** 31))
const SESSION_MS = 6_000
const MS_MAX = 600_000
const MOMENTS = ['sequence.events:2', 'sequence.positions:1', 'sequence.positions:3', 'sequence.committed:2']

const folder = await mkdtemp(join(tmpdir(), 'k2-sequence-'))
const platform = await startPlatform('sequence', folder)
const redis = await startServer('redis', 'sequence')
const log = openKafkaLog(kafkaOptions(platform.kafka.url))
after(async () => {
  killServices()
  await log.close()
  await platform.stop()
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
})
const registry = openRegistry({ url: platform.registry.url, deadlineMs: 5_000, incompatibility })
await log.createTopics(TOPICS)

const random = seeded(SEED)
const feeds = ['KTA', 'KTB', 'KTC', 'KTD'].flatMap((symbol) =>
  ['ASX', 'BINANCE'].map((exchange) => new NumberedFeed(symbol, exchange, random)),
)

async function send(appends: number): Promise<void> {
  for (let i = 0; i < appends; i++) {
    const trades = oneOf(random, feeds).next(1 + below(random, 60), random)
    if (trades.length > 0) await append(log, registry, trades)
  }
}

let started = 0
const start = (more: SettingValues = {}): RunningService =>
  startService('sequence-tracker', [], {
    ...platform.settings(`tracker-${++started}`),
    K2_KAFKA_SESSION: `${SESSION_MS}ms`,
    K2_KAFKA_HEARTBEAT: '500ms',
    K2_SEQUENCE_FLUSH: '50ms',
    K2_SEQUENCE_STREAMS: 3,
    REDIS_URL: redis.url,
    ...more,
  })

const ready = (one: RunningService) =>
  until('it is ready', async () => (await one.health('ready')).status === 200, one.log)

const definition = serviceIn(loadProtos([SEQUENCE_PROTO], [join(import.meta.dirname, '../../proto')]), SEQUENCE_SERVICE)

test(`killed, dealt anew and stood still, seed ${SEED}`, { timeout: MS_MAX }, async (t) => {
  for (const moment of MOMENTS) {
    const dying = start({ K2_CRASH_AT: moment })
    while (!dying.hasEnded()) {
      await send(2)
      await sleep(100)
    }
    assert.equal((await dying.ended).signal, 'SIGKILL', dying.log())
  }
  const [first, second] = [start(), start()]
  await Promise.all([ready(first), ready(second)])
  await send(30)
  first.kill('SIGKILL')
  await send(20)
  const third = start()
  await ready(third)
  await send(20)
  await redis.crash()
  await send(20)
  second.kill('SIGSTOP')
  await sleep(SESSION_MS * 2)
  await send(20)
  second.kill('SIGCONT')
  await send(30)
  await sleep(2_000)
  await send(10)
  await judged(log, 120_000)

  const wanted = await scanned(log)
  const { gaps, meta } = await answerOf(third)
  const open = [...wanted].flatMap(([stream, { missing }]) =>
    missing.map((range) => `${stream} ${range.split(' ')[0]}`),
  )
  assert.deepEqual(gaps.sort(), open.sort())
  assert.equal(meta?.complete, true)
  const metrics = await (await fetch(`${await third.url()}/metrics`)).text()
  assert.match(metrics, /^k2_sequence_shared_store_status\{.*\} 1$/m)
  assert.match(metrics, /^k2_sequence_gaps_detected_total\{.*exchange="BINANCE".*\} [1-9]/m)

  for (const one of [second, third]) {
    one.kill('SIGTERM')
    assert.equal((await one.ended).code, 0, one.log())
  }
  const found = await told(log)
  for (const [stream, facts] of wanted) assert.deepEqual(found.get(stream), facts, stream)
  const events = [...wanted.values()].flatMap(({ missing, duplicate, late }) => [...missing, ...duplicate, ...late])
  t.diagnostic(`${wanted.size} streams, ${events.length} open ranges, repeats and late records, ${started} processes`)
})

/** Open ranges of gaps as they are counted now, each as `exchange symbol date from-to`. */
async function answerOf(service: RunningService) {
  const rpc = createRpcClient<SequenceServiceDefinition>(definition, { address: await service.address() })
  try {
    const resets = new Map<string, number>()
    const { positions } = await rpc.call('ListPositions', { limit: 10_000 })
    for (const { exchange, symbol, date, resets: count } of positions)
      resets.set(`${exchange} ${symbol} ${date}`, count)
    const { gaps, meta } = await rpc.call('ListSequenceGaps', { limit: 10_000 })
    const ranges = gaps.flatMap(({ exchange, symbol, date, open, resets: count }) => {
      const stream = `${exchange} ${symbol} ${date}`
      if (resets.get(stream) !== count) return []
      return open.map(({ fromSequence, toSequence }) => `${stream} ${fromSequence}-${toSequence}`)
    })
    return { gaps: ranges, meta }
  } finally {
    rpc.close()
  }
}
