/**
 * `npm run bench -- sink [ROWS]`: log to committed Iceberg, on the embedded log and the local catalog, each run in a
 * process of its own, so that its memory is its own too (bench-sink-run.ts).
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { marketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import { identity } from '@k2/market/identity.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'
import type { Trade } from '@k2/market/trade.ts'
import { realClock } from '@k2/service/clock.ts'
import type { Figures } from './bench-sink-run.ts'

const TOPIC = marketTopic('market.equities.trades.asx')!
const SYMBOLS = 50
const START_MICROS = 1_394_398_800_000_000
const APPEND_ROWS = 2_000

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

/** Trades of several symbols over two days, ids and numbers as the loader makes them: the same at every run. */
export async function generate(folder: string, rows: number): Promise<void> {
  const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
  await log.createTopics(TOPICS)
  const id = await log.registry(incompatibility).register(`${TOPIC.name}-value`, SCHEMAS.trades)
  let state = 1
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state % limit
  }
  for (let from = 0; from < rows; from += APPEND_ROWS) {
    const records = Array.from({ length: Math.min(APPEND_ROWS, rows - from) }, (_, k) => {
      const trade = tradeOf(from + k, rows, below)
      const value = encodeRecord('trades', trade, FRAME_BYTES)
      writeFrame(value, 0, id)
      return { key: trade.symbol, value }
    })
    await log.append(TOPIC.name, records)
  }
  await log.close()
}

function tradeOf(i: number, rows: number, below: (limit: number) => number): Trade {
  const symbol = `S${String(below(SYMBOLS)).padStart(2, '0')}`
  const timestampMicros = START_MICROS + Math.floor((i / rows) * 2 * DAY_MICROS)
  return {
    messageId: identity('ASX', 'trade', symbol).numbered(BigInt(i)),
    tradeId: `201403${10 + Math.floor((2 * i) / rows)}-${i}`,
    symbol,
    exchange: 'ASX',
    assetClass: 'equities',
    timestampMicros,
    price: BigInt(3_600_000_000 + below(10_000) * 10_000),
    quantity: BigInt(1 + below(5_000)) * 100_000_000n,
    currency: 'AUD',
    side: 'UNKNOWN',
    tradeConditions: below(4) === 0 ? ['XT', 'P'] : [],
    sourceSequence: BigInt(i),
    ingestionMicros: 1_795_000_000_000_000 + i,
    vendorData: { company_id: String(7_000 + Number(symbol.slice(1))), venue: 'T' },
  }
}
