/**
 * What passing records over costs: CPU a record of batches as they come, at AGGRESSIVE and CIRCUIT_BREAK, of 200 symbols.
 *
 *   node packages/landing/sift.bench.ts
 */
import type { LogBatch, Slices } from '@k2/log/log.ts'
import { policyAt } from '@k2/shedding/policy.ts'
import { DEFAULT_TIERS, PRESETS } from '@k2/shedding/priority.ts'
import { sieveOf, siftBatch } from './sift.ts'

const RECORDS = 2_000
const ROUNDS = 2_000
const VALUE_BYTES = 110
const { critical, high } = DEFAULT_TIERS.ASX!
const others = Array.from({ length: 140 }, (_, i) => `K${i.toString(36).toUpperCase()}`)
const symbols = [...critical, ...high, ...others]
const keys = Array.from({ length: RECORDS }, (_, i) => symbols[(i * 7_919) % symbols.length]!)

function slices(texts: readonly string[]): Slices {
  const ends = Int32Array.from(texts, ({ length }) => length)
  for (let i = 1; i < ends.length; i++) ends[i]! += ends[i - 1]!
  return { bytes: Buffer.from(texts.join('')), starts: ends.map((_, i) => ends[i - 1] ?? 0), ends }
}

const batch: LogBatch = {
  ...{ topic: 'market.equities.trades.asx', partition: 0, from: 0n, to: BigInt(RECORDS), count: RECORDS },
  offsetDeltas: Int32Array.from(keys.keys()),
  timesMs: new Float64Array(RECORDS),
  keys: slices(keys),
  values: slices(keys.map((key) => key.padEnd(VALUE_BYTES, '.'))),
}

const figures: Record<string, number> = {}
for (const level of [3, 4] as const) {
  const sieve = sieveOf(policyAt({ tiers: DEFAULT_TIERS, lines: PRESETS.standard }, level))
  for (let i = 0; i < ROUNDS / 8; i++) siftBatch(batch, sieve)
  const start = process.cpuUsage()
  let kept = 0
  for (let i = 0; i < ROUNDS; i++) kept += siftBatch(batch, sieve).count
  const { user, system } = process.cpuUsage(start)
  figures[`level_${level}_cpu_ns_a_record`] = Math.round(((user + system) * 1_000) / (ROUNDS * RECORDS))
  figures[`level_${level}_kept_share`] = kept / (ROUNDS * RECORDS)
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
