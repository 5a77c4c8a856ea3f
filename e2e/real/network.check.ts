/**
 * The network between a client and a real broker fails: connections are reset, go silent while both sides take them for
 * well, and are late. What is appended meanwhile is there once and in order, as Kafka's own consumer reads it.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { seeded } from '@k2/log/random.ts'
import { readKafka } from '../oracle/kafka.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startServer } from '../worlds/real/servers.ts'
import { freePort, tcpProxy } from '../worlds/real/tcp.ts'

const MESSAGES = 10_000
const PARTITIONS = 6
const KILLS = 3
const PRODUCER = fileURLToPath(new URL('../worlds/real/producer.ts', import.meta.url))

const proxiedPort = await freePort()
const proxy = await tcpProxy(proxiedPort)
const kafka = await startServer('kafka', 'network', { BEHIND: `${proxiedPort}:${proxy.port}` })
const through = `127.0.0.1:${proxy.port}`
const direct = openKafkaLog(kafkaOptions(kafka.url))
after(async () => {
  proxy.close()
  await direct.close()
  await kafka.stop()
})

async function topicOf(name: string): Promise<string> {
  await direct.createTopics([{ name, partitions: PARTITIONS, retentionMs: 86_400_000 }])
  return name
}

test('connections that went silent are given up at the first answer that is late', { timeout: 120_000 }, async (t) => {
  const topic = await topicOf('silent')
  const log = openKafkaLog({ ...kafkaOptions(through), requestMs: 1_000, deadlineMs: 20_000 })
  const stop = new AbortController()
  t.after(async () => {
    stop.abort()
    await following
    await log.close()
  })
  const seen: string[] = []
  const following = (async () => {
    for await (const { values, count } of log.follow([topic], [], { signal: stop.signal }))
      for (let i = 0; i < count; i++)
        seen.push(Buffer.from(values.bytes.subarray(values.starts[i]!, values.ends[i]!)).toString())
  })()
  for (let i = 0; i < 3; i++) {
    await log.append(topic, [{ key: 'BHP', value: Buffer.from(String(i)) }])
    for (let tries = 0; seen.length <= i && tries < 300; tries++) await sleep(100)
    assert.deepEqual(
      seen,
      Array.from({ length: i + 1 }, (_, n) => String(n)),
    )
    assert.ok(proxy.silence() > 1)
  }
  assert.equal((await log.ranges([topic])).length, PARTITIONS)
  for (let tries = 0; proxy.silent() > 0 && tries < 100; tries++) await sleep(100)
  assert.equal(proxy.silent(), 0, 'also those that nobody asked anything')
})

test(`${MESSAGES} messages of a producer that is killed, over a network that fails, are there once and in order`, {
  timeout: 300_000,
}, async (t) => {
  const topic = await topicOf('numbers')
  const random = seeded()
  const faults = { cut: 0, silent: 0, late: 0, killed: 0 }
  const stop = new AbortController()
  const failing = (async () => {
    while (!stop.signal.aborted) {
      await sleep(100 + random.below(300), undefined, { signal: stop.signal }).catch(() => {})
      const kind = random.pick(['cut', 'cut', 'silent', 'late'] as const)
      const some = () => random.below(2) === 0
      if (kind === 'cut') faults.cut += proxy.cut(random.below(300), some)
      if (kind === 'silent') faults.silent += proxy.silence(some)
      if (kind === 'late') faults.late += proxy.delay(20 + random.below(100), random.below(1_000))
    }
  })()
  for (let lives = 0; ; lives++) {
    const killAt = lives < KILLS ? ((lives + 1) * MESSAGES) / (KILLS + 2) : Number.POSITIVE_INFINITY
    const child = spawn(process.execPath, [PRODUCER, JSON.stringify({ address: through, topic, count: MESSAGES })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    createInterface(child.stdout).on('line', (line) => {
      if (Number(line) >= killAt) child.kill('SIGKILL')
    })
    const [code] = await once(child, 'close')
    if (code === 0) break
    assert.equal(code, null)
    faults.killed++
    // What it had sent may still be on its way.
    await sleep(2_000)
  }
  stop.abort()
  await failing
  t.diagnostic(JSON.stringify({ seed: random.seed, ...faults }))
  const found = await readKafka(kafka.url, topic)
  const numbers = [...found.values()].flat().map(({ value }) => Number(value.toString()))
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    Array.from({ length: MESSAGES }, (_, number) => number),
  )
  const placed = [...found].flatMap(([partition, records]) => records.map((record) => ({ ...record, partition })))
  for (const [key, records] of Map.groupBy(placed, (record) => record.key)) {
    assert.equal(new Set(records.map(({ partition }) => partition)).size, 1, `${key} is in one partition`)
    const order = records.map(({ value }) => Number(value.toString()))
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      `${key} keeps its order`,
    )
  }
  for (const [kind, count] of Object.entries(faults)) assert.ok(count > 0, `${kind} happened`)
})
