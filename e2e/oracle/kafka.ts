/**
 * What a topic holds, as Kafka's own console consumer prints it: nothing of ours, and nothing that we are made of, has
 * read it.
 *
 *   shape   (address, topic) -> for each partition its records in the order of their offsets
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { kafkaTool } from '../worlds/real/kafka.ts'

export interface KafkaRecord {
  readonly offset: number
  readonly key: string
  readonly value: Buffer
}

const KAFKA = join(import.meta.dirname, '../worlds/real/kafka.sh')
/** Nothing more comes: there were fewer than the ends say. */
const IDLE_MS_MAX = 20_000

/** Next offset of each partition; they begin at 0, since nothing is old enough to be dropped. */
async function endsOf(address: string, topic: string): Promise<Map<number, number>> {
  const out = await kafkaTool('GetOffsetShell', ['--bootstrap-server', address, '--topic', topic], '')
  const rows = out.split('\n').filter((line) => line.startsWith(`${topic}:`))
  return new Map(rows.map((line) => line.split(':').slice(-2).map(Number) as [number, number]))
}

export async function readKafka(address: string, topic: string): Promise<Map<number, KafkaRecord[]>> {
  const total = [...(await endsOf(address, topic)).values()].reduce((sum, end) => sum + end, 0)
  const found = new Map<number, KafkaRecord[]>()
  if (total === 0) return found
  const shown = ['print.partition=true', 'print.offset=true', 'print.key=true', `value.deserializer=${BYTES}`]
  const args = ['--bootstrap-server', address, '--topic', topic, '--from-beginning', '--max-messages', String(total)]
  const formatted = shown.flatMap((property) => ['--formatter-property', property])
  const words = ['tool', 'consumer.ConsoleConsumer', ...args, ...formatted, '--timeout-ms', String(IDLE_MS_MAX)]
  const child = spawn(KAFKA, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  for await (const line of createInterface(child.stdout)) {
    const [, partition, offset, key, value] = LINE.exec(line) ?? []
    if (value === undefined) throw new Error(`the console consumer printed: ${line}`)
    const records = found.get(Number(partition)) ?? []
    found.set(Number(partition), records)
    records.push({ offset: Number(offset), key: key!, value: bytesOf(value) })
  }
  await ended
  return found
}

const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer'
const LINE = /^Partition:(\d+)\tOffset:(\d+)\t([^\t]*)\t(.*)$/

/** As Java's Bytes prints them: what is not printable ASCII is \xNN, a backslash too. */
const bytesOf = (text: string): Buffer =>
  Buffer.from(
    text.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
