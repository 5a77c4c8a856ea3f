/**
 * `npm run bench -- produce [ROWS] [--seconds S]`: into a Kafka that it starts.
 *
 *   steady  1,000 trades a second, each an append of its own (acks=all, idempotent): from append to acknowledgement
 *   load    the largest CSV of a generated sample of so many trades (452,000 by default) by the csv-loader as a process of
 *           its own: its rate while it sends, by its topic's end, and what the whole process took
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { marketTopic } from '@k2/contracts/topics.ts'
import { sample } from '@k2/embedded/sample.ts'
import { startService } from './bench-kafka-service.ts'
import { type KafkaWorld, openKafkaWorld } from './bench-kafka-world.ts'
import { percentile, tradeRecords } from './bench-trades.ts'

const STEADY = marketTopic('market.crypto.trades.binance')!
const LOADED = marketTopic('market.equities.trades.asx')!
const PER_SECOND = 1_000
const LOOK_MS = 10
/** Nobody lands what it sends, so that nobody holds it back. */
const NO_PACE = { K2_LOADER_LAG: '1000000000' }

export async function produceBench(args: readonly string[]): Promise<object> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seconds: { type: 'string', default: '30' } },
  })
  const world = await openKafkaWorld()
  try {
    const steadily = await steady(world, Number(values.seconds))
    const loading = await load(world, Number(positionals[0] ?? 500_000))
    console.table(steadily)
    console.table(loading)
    return { bench: 'produce', steady: steadily, load: loading }
  } finally {
    await world.stop()
  }
}

async function steady({ log, registry }: KafkaWorld, seconds: number): Promise<object> {
  const make = await tradeRecords(registry, STEADY, seconds * PER_SECOND)
  await log.append(STEADY.name, make(1))
  const delays: [ms: number, weight: number][] = []
  const appends: Promise<void>[] = []
  const before = process.cpuUsage()
  const startMs = performance.now()
  for (let sent = 0; sent < seconds * PER_SECOND; ) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * PER_SECOND) - sent
    for (const record of make(due)) {
      const atMs = performance.now()
      appends.push(log.append(STEADY.name, [record]).then(() => void delays.push([performance.now() - atMs, 1])))
    }
    sent += due
    await sleep(1)
  }
  await Promise.all(appends)
  const { user, system } = process.cpuUsage(before)
  const at = (share: number) => Math.round(percentile(delays, share) * 10) / 10
  return {
    messages_per_second: Math.round(appends.length / ((performance.now() - startMs) / 1_000)),
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    max_ms: at(1),
    cpu_micros_per_message: Math.round((user + system) / appends.length),
  }
}

async function load(world: KafkaWorld, rows: number): Promise<object> {
  const path = join(world.folder, 'trades.csv')
  const { text } = sample(1, rows).find(({ name }) => name === 'trades/9001.csv')!
  await writeFile(path, text)
  const count = text.split('\n').filter((line) => line.trim() !== '').length
  const loader = startService(world, 'csv-loader', ['load', '--type', 'trades', '--symbol', 'KTA', path], NO_PACE)
  let firstMs = 0
  let endMs = 0
  for (let end = 0n; end < BigInt(count); await sleep(LOOK_MS)) {
    if (loader.child.exitCode !== null) break
    end = (await world.log.ranges([LOADED.name])).reduce((sum, { to }) => sum + to, 0n)
    endMs = performance.now()
    if (end === 0n) firstMs = endMs
  }
  const code = await loader.ended
  const report = JSON.parse(loader.said.out.trim().split('\n').at(-1)!)
  if (code !== 0 || report.sent !== count) throw new Error(`it sent ${report.sent} of ${count}: ${loader.said.err}`)
  const { seconds, cpuSeconds, peakMemoryMb } = loader.cost()
  return {
    rows: count,
    rows_per_second: Math.round(count / ((endMs - firstMs) / 1_000)),
    rows_per_second_with_start: Math.round(count / seconds),
    rows_per_cpu_second: Math.round(count / cpuSeconds),
    peak_memory_mb: peakMemoryMb,
  }
}
