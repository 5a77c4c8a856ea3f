/**
 * A producer that a test may kill: appends numbers to a topic, in order, each under one of a few keys. What an earlier life
 * of it got in it finds in the log, as a load that goes on does. Its one argument is a Task; ends when all are in.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sliceAt } from '@k2/log/batches.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { kafkaOptions } from './kafka.ts'

export interface Task {
  readonly address: string
  readonly topic: string
  readonly count: number
}

export const KEYS = ['BHP', 'CBA', 'RIO', 'WES.X', 'Ωμέγα', 'BTCUSDT', 'Z'] as const
const AT_ONCE = 10
const APPENDS_MAX = 20
/** So that it takes a while. */
const PAUSE_MS = 10
/** Longer than the network fails. */
const DEADLINE_MS = 120_000

async function produce({ address, topic, count }: Task): Promise<void> {
  const options = kafkaOptions(address)
  const reading = { deadlineMs: DEADLINE_MS, requestMs: 2_000, connectMs: 2_000 }
  const log = openKafkaLog({ ...options, ...reading, producer: { ...options.producer, deadlineMs: DEADLINE_MS } })
  const there = new Set<number>()
  for (const range of await log.ranges([topic]))
    for await (const { values, count: records } of log.readRange(range))
      for (let i = 0; i < records; i++) there.add(Number(Buffer.from(sliceAt(values, i)!).toString()))
  const missing = Array.from({ length: count }, (_, number) => number).filter((number) => !there.has(number))
  const appends: Promise<unknown>[] = []
  for (let at = 0; at < missing.length; at += AT_ONCE) {
    const numbers = missing.slice(at, at + AT_ONCE)
    const records = numbers.map((number) => ({
      key: KEYS[number % KEYS.length]!,
      value: Buffer.from(String(number)),
    }))
    const append = log.append(topic, records)
    append.catch(() => {})
    appends.push(append)
    if (appends.length >= APPENDS_MAX) await appends.shift()
    process.stdout.write(`${there.size + at}\n`)
    await sleep(PAUSE_MS)
  }
  await Promise.all(appends)
  await log.close()
}

const [task] = process.argv.slice(2)
if (import.meta.main) await produce(JSON.parse(task!))
