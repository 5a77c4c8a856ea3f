/**
 * A storm in hindsight: what the log has, what of it the table must hold, and when each record of a symbol came into the lake.
 *
 *   shape   (log as Kafka's own consumer prints it) -> digests of first copies; (log, snapshots) -> seconds on the way
 */
import { createHash } from 'node:crypto'
import type { Snapshot } from '@k2/lake/table.ts'
import { sliceAt } from '@k2/log/batches.ts'
import type { Log } from '@k2/log/log.ts'
import type { KafkaRecord } from './kafka.ts'

/** The frame of the registry, and the length of the first field, which is message_id. */
const ID_AT = 6
const ID_BYTES = 36

export interface Wanted {
  readonly rows: number
  readonly digest: string
}

/** Of each partition: each id once, where it came first. All of them lie within one window. */
export function firstsOf(records: ReadonlyMap<number, readonly KafkaRecord[]>): Map<number, Wanted> {
  const wanted = new Map<number, Wanted>()
  for (const [partition, some] of records) {
    const hash = createHash('sha256')
    const seen = new Set<string>()
    for (const { offset, key, value } of some) {
      const id = value.toString('latin1', ID_AT, ID_AT + ID_BYTES)
      if (!seen.has(id)) hash.update(`${offset} ${id} ${key}\n`)
      seen.add(id)
    }
    wanted.set(partition, { rows: seen.size, digest: hash.digest('hex') })
  }
  return wanted
}

/** Of every record of those symbols: from the log's time to that of the first snapshot that covers it, ascending. */
export async function secondsToLake(
  log: Log,
  topic: string,
  symbols: readonly string[],
  snapshots: readonly Snapshot[],
): Promise<number[]> {
  const wanted = new Set(symbols)
  const steps = stepsOf(topic, snapshots)
  const seconds: number[] = []
  for (const range of await log.ranges([topic])) {
    const own = steps.get(range.partition) ?? []
    let at = 0
    for await (const batch of log.readRange(range)) {
      for (let i = 0; i < batch.count; i++) {
        if (!wanted.has(Buffer.from(sliceAt(batch.keys, i) ?? []).toString())) continue
        const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
        while (at < own.length && own[at]!.to <= offset) at++
        const landedMs = own[at]?.atMs ?? Number.POSITIVE_INFINITY
        seconds.push((landedMs - batch.timesMs[i]!) / 1_000)
      }
    }
  }
  return seconds.sort((a, b) => a - b)
}

/** By partition where each snapshot ended, and when it was committed. */
function stepsOf(topic: string, snapshots: readonly Snapshot[]) {
  const steps = new Map<number, { readonly to: bigint; readonly atMs: number }[]>()
  for (const { summary, committedAtMs } of snapshots.toSorted((a, b) => a.committedAtMs - b.committedAtMs)) {
    const offsets = (JSON.parse(summary['k2.offsets'] ?? '{}')[topic] ?? {}) as Record<string, number>
    for (const [partition, to] of Object.entries(offsets)) {
      const own = steps.get(Number(partition)) ?? []
      steps.set(Number(partition), own)
      if (BigInt(to) > (own.at(-1)?.to ?? 0n)) own.push({ to: BigInt(to), atMs: committedAtMs })
    }
  }
  return steps
}

export const quantile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))]!
