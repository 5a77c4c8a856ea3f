/**
 * Topics, batches and noted offsets as rows. It knows what is stored and nothing of who reads; where a partition
 * starts and ends is kept in memory too, since this process is the only one that writes.
 *
 *   shape   a batch = Kafka's RecordBatch v2 as bytes, its base offset set; the batches of a partition follow each
 *           other without a gap, so one that is missing is noticed
 *   errors  UNKNOWN_TOPIC, SETTINGS_INVALID, INVALID_ARGUMENT, LOG_DAMAGED, LOG_UNAVAILABLE
 */
import type { DatabaseSync } from 'node:sqlite'
import { K2Error } from '@k2/contracts/codes.ts'
import type { TopicSpec } from '@k2/contracts/topics.ts'
import { trimBatch } from '../batches.ts'
import { crc32c } from '../crc32c.ts'
import type { LogBatch, TopicOffset } from '../log.ts'
import { damaged, decodeBatches, type PartitionName } from '../recordbatch.ts'
import { openDatabase, transaction, translated } from './database.ts'
import { NotedEnds } from './ends.ts'
import { type BatchRow, type PartitionRow, prepareStatements, type Statements, type TopicRow } from './statements.ts'

/** One delivered batch joins stored ones up to about this size: a live topic holds many of a few records. */
const READ_BYTES = 524_288
/** Kafka's own rule for names (org.apache.kafka.common.internals.Topic). */
const TOPIC_NAME = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/
const text = new TextEncoder()

export interface Partition extends PartitionName {
  readonly id: bigint
  start: bigint
  end: bigint
  /** What lies before it has been compacted. */
  clean: bigint
}

export interface Topic {
  readonly name: string
  retentionMs: number | null
  readonly partitions: readonly Partition[]
}

export interface StoredBatch {
  readonly partition: Partition
  readonly from: bigint
  readonly to: bigint
  readonly maxTimeMs: number
  readonly bytes: Uint8Array
}

export class Store {
  readonly folder: string
  readonly database: DatabaseSync
  readonly #topics = new Map<string, Topic>()
  readonly #sql: Statements
  readonly #noted: NotedEnds

  /** Opens the log in the folder, or begins one there. */
  constructor(folder: string) {
    this.folder = folder
    this.database = openDatabase(folder)
    let noted: NotedEnds | undefined
    try {
      this.#sql = translated(folder, () => prepareStatements(this.database))
      translated(folder, () => this.#load())
      noted = translated(folder, () => new NotedEnds(folder))
      const partitions = [...this.#topics.values()].flatMap((topic) => topic.partitions)
      noted.check(partitions)
      noted.write(partitions)
      this.#noted = noted
    } catch (error) {
      noted?.close()
      this.database.close()
      throw error
    }
  }

  topics(): Iterable<Topic> {
    return this.#topics.values()
  }

  /** UNKNOWN_TOPIC where there is none. */
  topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (topic !== undefined) return topic
    throw new K2Error('UNKNOWN_TOPIC', `The log has no topic ${name}. Create it first.`, { topic: name })
  }

  partition(topic: string, partition: number): Partition {
    const { partitions } = this.topic(topic)
    const found = partitions[partition]
    if (found !== undefined) return found
    const sentence = `Topic ${topic} has ${partitions.length} partitions, counted from 0; there is no ${partition}.`
    throw new K2Error('UNKNOWN_TOPIC', sentence, { topic, partition })
  }

  /** All of them or none. An existing topic takes the retention given here. */
  createTopics(specs: readonly TopicSpec[]): void {
    for (const spec of specs) checkSpec(spec, this.#topics.get(spec.name))
    this.write(() => {
      for (const { name, partitions, retentionMs } of specs) {
        this.#sql.upsertTopic.run(name, partitions, retentionMs, seal(name, partitions, retentionMs))
        for (let partition = 0; partition < partitions; partition++) {
          this.#sql.insertPartition.run(partition, seal(partition, 0, 0, 0), name)
        }
      }
    })
    translated(this.folder, () => this.#load())
  }

  /** Adds batches at their partitions' ends; durable when it returns, all of them or none. */
  append(batches: readonly StoredBatch[]): void {
    const ends = new Map(batches.map(({ partition, to }) => [partition, to]))
    this.write(() => {
      for (const { partition, from, to, maxTimeMs, bytes } of batches) {
        this.#sql.insertBatch.run(partition.id, from, to, maxTimeMs, bytes)
      }
      for (const [partition, end] of ends) this.#move({ ...partition, end })
    })
    for (const [partition, end] of ends) partition.end = end
    this.#noted.write([...ends.keys()])
  }

  /** The batch that begins at `from` and ends at `to` at the latest; start <= from < to <= end. */
  read(partition: Partition, from: bigint, to: bigint): LogBatch {
    this.checkOpen()
    const rows = translated(this.folder, () => this.#rows(partition, from, to))
    let batch: LogBatch
    try {
      batch = decodeRows(partition, rows)
    } catch (error) {
      // What lies before the damage is still to be had.
      if (rows.length === 1) throw error
      batch = decodeRows(partition, rows.slice(0, 1))
    }
    return trimBatch(batch, from, batch.to < to ? batch.to : to)
  }

  #rows(partition: Partition, from: bigint, to: bigint): BatchRow[] {
    const rows: BatchRow[] = []
    let bytes = 0
    let at = from
    for (const found of this.#sql.readBatches.iterate(partition.id, partition.id, from, to)) {
      const row = found as unknown as BatchRow
      const follows = rows.length === 0 ? row.base_offset <= at && at < row.next_offset : row.base_offset === at
      if (!follows || !(row.bytes instanceof Uint8Array)) break
      rows.push(row)
      bytes += row.bytes.length
      at = row.next_offset
      if (bytes >= READ_BYTES) break
    }
    if (rows.length === 0) throw damaged(partition, from, 'the batch that holds it is missing')
    return rows
  }

  /** Drops what lies before `offset`; a batch that only begins before it stays, and is cut when it is read. */
  dropBefore(partition: Partition, offset: bigint): void {
    if (offset <= partition.start) return
    this.write(() => {
      this.#sql.dropBatches.run(partition.id, offset)
      this.#move({ ...partition, start: offset })
    })
    partition.start = offset
  }

  /** Where the first batch with a record as young as `timeMs` begins; the end where there is none. */
  firstSince(partition: Partition, timeMs: number): bigint {
    const row = translated(this.folder, () => this.#sql.firstSince.get(partition.id, timeMs))
    return (row?.base_offset as bigint | undefined) ?? partition.end
  }

  /** Bytes stored in all, and of those the ones that came since it was compacted. */
  storedBytes(partition: Partition): { total: bigint; dirty: bigint } {
    const row = translated(this.folder, () => this.#sql.storedBytes.get(partition.clean, partition.id))
    return row as { total: bigint; dirty: bigint }
  }

  /** Puts `batches` in the place of all that the partition holds; they stand for the same offsets. */
  replaceAll(partition: Partition, batches: Iterable<StoredBatch>): void {
    this.write(() => {
      this.#sql.dropBatches.run(partition.id, partition.end)
      for (const { from, to, maxTimeMs, bytes } of batches) {
        this.#sql.insertBatch.run(partition.id, from, to, maxTimeMs, bytes)
      }
      this.#move({ ...partition, clean: partition.end })
    })
    partition.clean = partition.end
  }

  /** The group's noted offset of a partition. */
  noted(group: string, partition: Partition): bigint | undefined {
    const row = translated(this.folder, () => this.#sql.noted.get(group, partition.id))
    if (row === undefined) return undefined
    const offset = row.next_offset as bigint
    if (row.seal === seal(group, partition.id, offset)) return offset
    throw damaged(partition, partition.start, `the noted offset of the group ${group} is not what was written`)
  }

  note(group: string, offsets: readonly TopicOffset[]): void {
    const moved = offsets.filter(
      ({ topic, partition, offset }) => this.noted(group, this.partition(topic, partition)) !== offset,
    )
    if (moved.length === 0) return
    this.write(() => {
      for (const { topic, partition, offset } of moved) {
        const { id } = this.partition(topic, partition)
        this.#sql.note.run(group, id, offset, seal(group, id, offset))
      }
    })
  }

  /** One durable transaction. */
  write<T>(work: () => T): T {
    return translated(this.folder, () => transaction(this.database, work))
  }

  /** LOG_UNAVAILABLE once it has been closed. */
  checkOpen(): void {
    if (this.database.isOpen) return
    const sentence = `The log in ${this.folder} has been closed; open it again.`
    throw new K2Error('LOG_UNAVAILABLE', sentence, { folder: this.folder })
  }

  close(): void {
    if (!this.database.isOpen) return
    this.#noted.close()
    translated(this.folder, () => this.database.close())
  }

  #move({ id, partition, start, end, clean }: Partition): void {
    this.#sql.movePartition.run(start, end, clean, seal(partition, start, end, clean), id)
  }

  #load(): void {
    for (const row of this.#sql.loadTopics.all()) {
      const { id, name, partitions, retention_ms } = row as unknown as TopicRow
      const retentionMs = retention_ms === null ? null : Number(retention_ms)
      const known = this.#topics.get(name)
      if (known !== undefined) known.retentionMs = retentionMs
      else this.#topics.set(name, { name, retentionMs, partitions: this.#loadPartitions(id, name) })
      const isWhole = row.seal === seal(name, partitions, retentionMs)
      if (!isWhole || this.#topics.get(name)!.partitions.length !== Number(partitions)) {
        throw damaged({ topic: name, partition: 0 }, 0n, 'the entry of the topic is not what was written')
      }
    }
  }

  #loadPartitions(topicId: bigint, topic: string): Partition[] {
    return this.#sql.loadPartitions.all(topicId).map((found) => {
      const row = found as unknown as PartitionRow
      const { id, start_offset: start, end_offset: end, clean_offset: clean, stored } = row
      const partition: Partition = { id, topic, partition: Number(row.partition), start, end, clean }
      if (row.seal !== seal(row.partition, start, end, clean)) {
        throw damaged(partition, start, 'its start and end are not what was written')
      }
      if (stored !== null && stored > end) throw damaged(partition, end, `batches are stored up to ${stored}`)
      return partition
    })
  }
}

/** The checksum of a small row, which SQLite itself does not guard; batches have their own. */
function seal(...fields: readonly (string | number | bigint | null)[]): bigint {
  return BigInt(crc32c(text.encode(fields.join('\n'))))
}

/** A plain Uint8Array, as a single row's bytes are: a Buffer's slice() would share its memory. */
function joined(rows: readonly BatchRow[]): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.concat(rows.map((row) => row.bytes))
  return new Uint8Array(buffer, byteOffset, length)
}

/** The base offset is not under the batch's own checksum: the row, written beside it, tells whether it is right. */
function decodeRows(partition: Partition, rows: readonly BatchRow[]): LogBatch {
  const first = rows[0]!
  const batch = decodeBatches(rows.length === 1 ? first.bytes : joined(rows), partition)
  const to = rows.at(-1)!.next_offset
  if (batch.from === first.base_offset && batch.to === to) return batch
  const fault = `the batch stored there says that it holds ${batch.from} to ${batch.to}, and not to ${to}`
  throw damaged(partition, first.base_offset, fault)
}

function checkSpec({ name, partitions }: TopicSpec, existing: Topic | undefined): void {
  const fault = !TOPIC_NAME.test(name)
    ? 'a name has up to 249 letters, digits, dots, dashes and underscores'
    : !Number.isInteger(partitions) || partitions < 1
      ? `${partitions} is no count of partitions`
      : existing !== undefined && existing.partitions.length !== partitions
        ? `it exists with ${existing.partitions.length} partitions and is asked for with ${partitions}; a key would change its partition. Keep the count, or take a new topic`
        : undefined
  if (fault !== undefined) throw new K2Error('SETTINGS_INVALID', `Topic ${name}: ${fault}.`, { topic: name })
}
