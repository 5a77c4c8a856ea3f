/**
 * `npm run bench -- sink [ROWS]`: log to committed Iceberg, on the embedded log and the local catalog, each run in a
 * process of its own, so that its memory is its own too (bench-sink-run.ts).
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { marketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { realClock } from '@k2/service/clock.ts'
import type { Figures } from './bench-sink-run.ts'
import { appendTrades, tradeRecords } from './bench-trades.ts'

const TOPIC = marketTopic('market.equities.trades.asx')!

export async function sinkBench(rows: number): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-sink-'))
  try {
    await generate(folder, rows)
    const stages = { generated: figuresOf(folder, 'generated', rows), avsc: figuresOf(folder, 'avsc', rows) }
    return { bench: 'sink', rows, whole: figuresOf(folder, 'whole', rows), stages }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function figuresOf(folder: string, run: string, rows: number): object {
  const args = [fileURLToPath(new URL('./bench-sink-run.ts', import.meta.url)), folder, run, String(rows)]
  const out = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const { cpuSeconds, peakMemoryMb, bytes, stages }: Figures = JSON.parse(out.trim().split('\n').at(-1)!)
  const micros = (seconds: number) => Math.round((seconds / rows) * 1e8) / 100
  return {
    rows_per_cpu_second: Math.round(rows / cpuSeconds),
    micros_per_row: micros(cpuSeconds),
    peak_memory_mb: peakMemoryMb,
    bytes_per_row: Math.round((bytes / rows) * 100) / 100,
    ...(stages && {
      stage_micros_per_row: Object.fromEntries(Object.entries(stages).map(([name, one]) => [name, micros(one)])),
    }),
  }
}

/** A log of its own in the folder, with so many trades. */
export async function generate(folder: string, rows: number): Promise<void> {
  const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
  await log.createTopics(TOPICS)
  const make = await tradeRecords(log.registry(incompatibility), TOPIC, rows)
  await appendTrades(log, TOPIC, make, rows)
  await log.close()
}
