/**
 * How old a row is when the table shows it: a steady rate of trades into the topic, and the table asked all the time. Age
 * counts from the append, its way to Kafka included, to the first look that finds a snapshot beyond it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { TRADES } from '@k2/contracts/tables.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { topicPartition } from '@k2/lake/table.ts'
import type { KafkaWorld } from './bench-kafka-world.ts'
import { percentile, tradeRecords } from './bench-trades.ts'

const LOOK_MS = 50
const APPENDS_PER_SECOND = 50

interface Sent {
  readonly partition: string
  /** Behind its last row. */
  readonly to: bigint
  readonly rows: number
  readonly atMs: number
}

export interface Freshness {
  readonly rows_per_second: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly max_ms: number
}

export async function freshness(
  world: KafkaWorld,
  topic: MarketTopic,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Freshness> {
  const { catalog, store } = world.lake
  const table = await openTable({ catalog, store, spec: TRADES, now: Date.now, random: Math.random })
  const make = await tradeRecords(world.registry, topic, perSecond * seconds)
  let waiting: Sent[] = []
  const ages: [ageMs: number, rows: number][] = []
  const appends: Promise<void>[] = []
  const startMs = performance.now()
  const endMs = startMs + seconds * 1_000
  const sending = (async () => {
    for (let sent = 0; performance.now() < endMs; ) {
      const due = Math.floor(((performance.now() - startMs) / 1_000) * perSecond) - sent
      if (due > 0) {
        const atMs = performance.now()
        const landed = world.log.append(topic.name, make(due))
        appends.push(
          landed.then((ranges) => {
            for (const { partition, from, to } of ranges)
              waiting.push({ partition: topicPartition(topic.name, partition), to, rows: Number(to - from), atMs })
          }),
        )
        sent += due
      }
      await sleep(1_000 / APPENDS_PER_SECOND)
    }
    await Promise.all(appends)
  })()
  let isSending = true
  void sending.finally(() => {
    isSending = false
  })
  while (isSending || waiting.length > 0) {
    const { progress } = await table.head()
    const nowMs = performance.now()
    const isIn = ({ partition, to }: Sent) => (progress.offsets.get(partition as never) ?? 0n) >= to
    for (const one of waiting) if (isIn(one)) ages.push([nowMs - one.atMs, one.rows])
    waiting = waiting.filter((one) => !isIn(one))
    await sleep(LOOK_MS)
  }
  await sending
  const rows = ages.reduce((sum, [, count]) => sum + count, 0)
  const at = (share: number) => Math.round(percentile(ages, share))
  return { rows_per_second: Math.round(rows / seconds), p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) }
}
