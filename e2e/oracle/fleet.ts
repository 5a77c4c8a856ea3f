/**
 * Kafka against the table: each record of the topic is a row once, under its own partition and offset, and no other row is
 * there. Kafka's console consumer reads the one, PyIceberg the other.
 */
import { createHash } from 'node:crypto'
import type { Engine } from '../worlds/real/engines.ts'
import { STREAMED, type Stream } from '../worlds/real/stream.ts'
import { type KafkaRecord, readKafka } from './kafka.ts'

/** As engine.py has them. */
interface Landed {
  readonly rows: number
  readonly distinct: number
  readonly first: number
  readonly last: number
  readonly digest: string
}

interface Progress {
  readonly offsets: Readonly<Record<string, number>>
  readonly holes: readonly unknown[]
}

export interface Judgement {
  readonly records: number
  readonly rows: number
  readonly lost: number
  readonly doubled: number
  readonly holes: number
  /** Sentences about whatever is wrong; none where all is as it should be. */
  readonly faults: readonly string[]
}

/** Whether the tables say that they have decided on all that the log holds. */
export async function hasLanded(tables: Engine, stream: Stream): Promise<boolean> {
  for (const { topic, table } of STREAMED) {
    const { offsets } = await tables.ask<Progress>('progress', table, topic)
    for (const [partition, end] of await stream.ends(topic)) if ((offsets[partition] ?? 0) < end) return false
  }
  return true
}

/** Rows, and sentences where a table has not each offset once. */
export async function tally(tables: Engine, stream: Stream) {
  const wrong: string[] = []
  let rows = 0
  for (const { topic, table } of STREAMED) {
    const landed = await tables.ask<Record<string, Landed>>('landed', table, topic)
    for (const [partition, end] of await stream.ends(topic)) {
      const { rows: found, distinct, first, last } = landed[partition] ?? NOTHING
      rows += found
      if (found !== end || distinct !== end || (end > 0 && (first !== 0 || last !== end - 1)))
        wrong.push(
          `${table} of ${topic}/${partition}: ${found} rows, ${distinct} offsets, ${first} to ${last}, of ${end}`,
        )
    }
  }
  return { rows, wrong }
}

/** Once the stream has settled and all has landed. */
export async function judge(address: string, tables: Engine, stream: Stream): Promise<Judgement> {
  const sum = { records: 0, rows: 0, lost: 0, doubled: 0, holes: 0 }
  const faults: string[] = []
  for (const { kind, topic, table } of STREAMED) {
    const records = await readKafka(address, topic)
    const landed = await tables.ask<Record<string, Landed>>('landed', table, topic)
    const { offsets, holes } = await tables.ask<Progress>('progress', table, topic)
    faults.push(...numbersMissing(kind, [...records.values()].flat(), stream.sent[kind]))
    sum.holes += holes.length
    if (holes.length > 0) faults.push(`${table} has holes: ${JSON.stringify(holes)}`)
    for (const partition of new Set([...records.keys(), ...Object.keys(landed).map(Number)])) {
      const wanted = records.get(partition) ?? []
      const found = landed[partition] ?? NOTHING
      const says = (what: string) => faults.push(`${table} of ${topic}/${partition}: ${what}`)
      const [lost, doubled] = [wanted.length - found.distinct, found.rows - found.distinct]
      sum.records += wanted.length
      sum.rows += found.rows
      sum.lost += Math.max(0, lost)
      sum.doubled += doubled
      if (lost !== 0) says(`${found.distinct} offsets of ${wanted.length}`)
      if (doubled !== 0) says(`${doubled} rows doubled`)
      if (found.first !== 0 || found.last !== wanted.length - 1) says(`offsets from ${found.first} to ${found.last}`)
      if (found.digest !== digestOf(wanted)) says('other records than the log has')
      if (offsets[partition] !== wanted.length) says(`it stands at ${offsets[partition]}, the log at ${wanted.length}`)
    }
  }
  return { ...sum, faults }
}

const NOTHING: Landed = { rows: 0, distinct: 0, first: 0, last: -1, digest: '' }
/** The frame of the registry, and the length of the first field, which is message_id. */
const ID_AT = 6
const ID_BYTES = 36

function digestOf(records: readonly KafkaRecord[]): string {
  const hash = createHash('sha256')
  for (const { offset, key, value } of records) hash.update(`${offset} ${idOf(value)} ${key}\n`)
  return hash.digest('hex')
}

const idOf = (value: Buffer): string => value.toString('latin1', ID_AT, ID_AT + ID_BYTES)

/** The producer was told that each is in: so each is, once. */
function numbersMissing(kind: string, records: readonly KafkaRecord[], sent: number): string[] {
  const numbers = new Set(records.map(({ value }) => Number.parseInt(idOf(value).slice(-12), 16)))
  if (numbers.size === sent && records.length === sent) return []
  return [`of ${sent} ${kind} that were sent the log has ${numbers.size}, in ${records.length} records`]
}
