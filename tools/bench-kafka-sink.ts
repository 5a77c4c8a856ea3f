/**
 * `npm run bench -- sink-kafka [ROWS] [--rounds N] [--seconds S] [--alone]`: a topic of Kafka (12 partitions, snappy) into
 * committed Iceberg in S3, by the sink as a process of its own, beside what others make of the same topic (bench-kafka-peers.ts;
 * --alone leaves them out), and how fresh its rows are at a steady 5,000 a second. It starts its servers; CPU and memory
 * are each process's own, from its start until all rows are in a snapshot, and every table's rows are read and counted.
 * Warm is what a process that has done it takes for as many rows again: ours is halted while these are appended.
 */
import { parseArgs } from 'node:util'
import { marketTopic } from '@k2/contracts/topics.ts'
import { dropTables } from '@k2/e2e/worlds/real/servers.ts'
import { type Freshness, freshness } from './bench-kafka-freshness.ts'
import { consumed, landedRows, startConnect } from './bench-kafka-peers.ts'
import { startService } from './bench-kafka-service.ts'
import { type KafkaWorld, openKafkaWorld, type Tally, tallyOf } from './bench-kafka-world.ts'
import type { Cost } from './bench-process.ts'
import { appendTrades, tradeRecords } from './bench-trades.ts'

const TOPIC = marketTopic('market.crypto.trades.binance')!
const TABLE = TOPIC.table.name
const FRESH_PER_SECOND = 5_000

interface Run {
  readonly name: string
  readonly cost: Cost
  readonly commits?: number
  readonly tally?: Tally
}

export async function sinkKafkaBench(args: readonly string[]): Promise<object> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '60' },
      alone: { type: 'boolean' },
    },
  })
  const rows = Number(positionals[0] ?? 2_000_000)
  const seconds = Number(values.seconds)
  const world = await openKafkaWorld()
  try {
    told(`appending ${rows} trades`)
    const make = await tradeRecords(world.registry, TOPIC, 2 * rows)
    const append = () => appendTrades(world.log, TOPIC, make, rows)
    const recordBytes = await append()
    const runs: Run[] = []
    const rounds = Number(values.rounds)
    for (let round = 1; round <= rounds; round++) {
      if (!values.alone) runs.push(...(await peers(world, rows, round)))
      runs.push(...(await k2(world, rows, round === rounds ? append : undefined)))
    }
    const fresh = {
      default: await fresher(world, 2 * rows, seconds, {}),
      one_second: await fresher(world, 2 * rows, seconds, { K2_SINK_COMMIT_AGE: '1000' }),
    }
    print(runs, rows, fresh)
    return figures(runs, rows, recordBytes, fresh)
  } finally {
    await world.stop()
  }
}

async function k2(world: KafkaWorld, rows: number, append?: () => Promise<unknown>): Promise<Run[]> {
  told('K2: iceberg-sink')
  await dropTables(world.env.ICEBERG_CATALOG_URI!, 'market_data', world.lake.store)
  const sink = startService(world, 'iceberg-sink')
  try {
    const commits = await landedRows(world, TABLE, rows, () => sink.child.exitCode === null)
    const cold: Run = { name: 'K2, cold', cost: sink.cost(), commits, tally: await tallyOf(world, TABLE, rows) }
    if (append === undefined) {
      await sink.stop()
      return [cold]
    }
    sink.child.kill('SIGSTOP')
    told(`appending ${rows} trades more`)
    await append()
    const before = sink.cost()
    sink.child.kill('SIGCONT')
    const commitsAll = await landedRows(world, TABLE, 2 * rows, () => sink.child.exitCode === null)
    const after = sink.cost()
    await sink.stop()
    const [seconds, cpuSeconds] = [after.seconds - before.seconds, after.cpuSeconds - before.cpuSeconds]
    const tally = await tallyOf(world, TABLE, 2 * rows)
    return [cold, { name: 'K2, warm', cost: { ...after, seconds, cpuSeconds }, commits: commitsAll - commits, tally }]
  } finally {
    sink.child.kill('SIGKILL')
  }
}

async function peers(world: KafkaWorld, rows: number, round: number): Promise<Run[]> {
  told('Kafka: kafka-consumer-perf-test')
  const runs: Run[] = [{ name: 'JVM consumer, no decoding', cost: await consumed(world, TOPIC.name, rows) }]
  told('Kafka Connect')
  const connect = await startConnect(world, TOPIC.name)
  for (const state of ['cold', 'warm']) {
    const table = `connect_${state}_${round}`
    const cost = await connect.land(table, rows)
    runs.push({ name: `Connect, ${state}`, cost, tally: await tallyOf(world, table, rows) })
  }
  await connect.stop()
  return runs
}

async function fresher(
  world: KafkaWorld,
  rows: number,
  seconds: number,
  env: Record<string, string>,
): Promise<Freshness> {
  told(`K2: freshness at ${FRESH_PER_SECOND} rows a second, ${env.K2_SINK_COMMIT_AGE ?? 'the default'} ms of age`)
  const sink = startService(world, 'iceberg-sink', [], env)
  try {
    await landedRows(world, TABLE, rows)
    const found = await freshness(world, TOPIC, { perSecond: FRESH_PER_SECOND, seconds })
    await sink.stop()
    return found
  } finally {
    sink.child.kill('SIGKILL')
  }
}

const told = (what: string) => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`)

function summary({ name, cost, commits, tally }: Run, rows: number) {
  return {
    name,
    rows_per_cpu_second: Math.round(rows / cost.cpuSeconds),
    rows_per_second: Math.round(rows / cost.seconds),
    peak_memory_mb: cost.peakMemoryMb,
    ...(tally && {
      bytes_per_row: Math.round(tally.bytesPerRow * 100) / 100,
      doubled: tally.doubled,
      lost: tally.lost,
    }),
    ...(commits !== undefined && { commits }),
  }
}

function figures(runs: readonly Run[], rows: number, recordBytes: number, fresh: object): object {
  return {
    bench: 'sink-kafka',
    rows,
    record_bytes: Math.round(recordBytes),
    runs: runs.map((run) => summary(run, rows)),
    freshness: fresh,
  }
}

function print(runs: readonly Run[], rows: number, fresh: Readonly<Record<string, Freshness>>): void {
  console.table(runs.map((run) => summary(run, rows)))
  console.table(fresh)
}
