/**
 * `npm run bench -- NAME`: what there is to measure. The last line is one JSON object of figures.
 *
 *   load [ROWS]   a generated file through the whole of it, in one process: rows per second and per CPU-second, bytes a trade
 *   sink [ROWS]   generated trades from the log to committed Iceberg: the sink alone, and each stage by both decoders
 *   sequence [ROWS] a trade's number judged: CPU and memory a record, in memory and out of the log
 *   loader [ROWS] generated trade and quote files into the log alone, and each stage of it
 *   gateway [SECONDS] a live feed from socket to log: messages per second and per CPU-second, latency at 5,000 a second
 *   gateway-storm [MINUTES [MESSAGES_PER_SECOND]] more than a slow log takes: memory, what gave way, and each trade in the log once
 *   query [ROWS]  the query-service beside DuckDB alone, on a lake that is kept for the next run
 *   formats [ROWS] trades in each format and coding: bytes, and what they cost, on a lake that is kept for the next run
 *   replay [ROWS] all of a lake to one gRPC client, as messages and as Arrow: records per second, CPU of both
 *   freshness [SECONDS [ROWS_PER_SECOND]] from the append of a trade to an answer that has it, while commits land
 *   soak [MINUTES [ROWS [QUESTIONS]]] questions while rows load, so many of both a second, commits land, files are compacted: fails where memory grows
 *   lake [SECONDS] the table itself: planning by files, a commit a second with upkeep (an hour), compaction
 *   dedup [SECONDS [RECORDS_PER_SECOND]] an hour of message ids in memory by default, the filter's promise, Redis
 *   shedding [ROWS] records passed over and filled in: CPU a record, recovery beside backlog by capacity
 *   layout [ROWS] trades as Parquet, by row order, encodings and zstd's level: bytes a trade, CPU a row
 *   commits       landings of 1 to 50,000 rows, in a folder and on real servers: their parts, bytes a trade
 *   log           the embedded log alone: appends and reads
 *   produce [ROWS]    to a Kafka that it starts: how long 1,000 appends a second take, and the csv-loader's rate
 *   sink-kafka [ROWS] from a Kafka that it starts to committed Iceberg, beside the JVM's consumer and Kafka Connect's sink
 *   all           all of these, those with servers where their programs were fetched before (e2e/worlds/real)
 *   kafka ADDRESS the log on a broker that runs there, against kafkajs's own clients
 *
 * Machines are shared and noisy: compare ratios of one run, and CPU seconds rather than the clock.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '@k2/embedded/report.ts'
import { writeSample } from '@k2/embedded/sample.ts'
import { allBenches } from './bench-all.ts'
import { commitsBench } from './bench-commits.ts'
import { dedupBench } from './bench-dedup.ts'
import { formatsBench } from './bench-formats.ts'
import { freshnessBench } from './bench-freshness.ts'
import { gatewayBench } from './bench-gateway.ts'
import { sinkKafkaBench } from './bench-kafka-sink.ts'
import { lakeBench } from './bench-lake.ts'
import { layoutBench } from './bench-layout.ts'
import { loaderBench } from './bench-loader.ts'
import { produceBench } from './bench-produce.ts'
import { queryBench } from './bench-query.ts'
import { replayBench } from './bench-replay.ts'
import { sequenceBench } from './bench-sequence.ts'
import { sheddingBench } from './bench-shedding.ts'
import { sinkBench } from './bench-sink.ts'
import { soakBench } from './bench-soak.ts'
import { stormBench } from './bench-storm.ts'

const path = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier))
const [name = 'load', rowsText = '500000'] = process.argv.slice(2)

const args = process.argv.slice(3)

const benches: Readonly<Record<string, () => Promise<void>>> = {
  load,
  sink: async () => last(await sinkBench(Number(rowsText))),
  sequence: async () => last(await sequenceBench(Number(rowsText))),
  loader: async () => last(await loaderBench(Number(rowsText))),
  gateway: async () => last(await gatewayBench(...args.map(Number))),
  'gateway-storm': async () => last(await stormBench(...args.map(Number))),
  query: async () => last(await queryBench(args)),
  formats: async () => last(await formatsBench(args)),
  replay: async () => last(await replayBench(args)),
  freshness: async () => last(await freshnessBench(...args.map(Number))),
  soak: async () => last(await soakBench(...args.map(Number))),
  lake: async () => last(await lakeBench(Number(process.argv[3] ?? 3_600))),
  dedup: async () => last(await dedupBench(args.map(Number))),
  shedding: async () => last(await sheddingBench(args)),
  layout: async () => last(await layoutBench(Number(rowsText))),
  commits: async () => last(await commitsBench()),
  produce: async () => last(await produceBench(args)),
  'sink-kafka': async () => last(await sinkKafkaBench(args)),
  all: async () => last(await allBenches(fileURLToPath(import.meta.url))),
  log: async () => void execFileSync(process.execPath, [path('@k2/log/log.bench.ts')], { stdio: 'inherit' }),
  kafka: async () =>
    void execFileSync(process.execPath, [path('@k2/log/kafka/kafka.bench.ts'), ...args], { stdio: 'inherit' }),
}

const bench = benches[name]
if (bench) await bench()
else {
  process.stderr.write(`There is no bench "${name}"; there are ${Object.keys(benches).join(', ')}.\n`)
  process.exitCode = 2
}

function last(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`)
}

async function load(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-'))
  try {
    const files = await writeSample(folder, 1, Number(rowsText))
    const report = run(['--once', '--csv', ...files, '--data', join(folder, 'data')])
    const bytes = await parquetBytes(join(folder, 'data', 'warehouse'))
    const rows = report.landed.trades_v2!
    const figures = {
      bench: 'load',
      rows,
      seconds: report.seconds,
      rows_per_second: Math.round(rows / report.seconds),
      cpu_seconds: report.cpu_seconds,
      rows_per_cpu_second: Math.round(rows / report.cpu_seconds),
      peak_memory_mb: report.peak_memory_mb,
      bytes_per_trade: Math.round((bytes / rows) * 100) / 100,
    }
    last(figures)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Runs it as a process of its own, which reports its own cost, start included. */
function run(args: readonly string[]): RunReport {
  const env = { ...process.env, K2_LOG_LEVEL: 'warn' }
  const out = execFileSync(process.execPath, [path('@k2/embedded/main.ts'), ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(out.trim().split('\n').at(-1)!)
}

async function parquetBytes(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true })) {
    if (entry.endsWith('.parquet')) bytes += (await stat(join(folder, entry))).size
  }
  return bytes
}
