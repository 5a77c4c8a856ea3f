/**
 * Every statement of the store, prepared once. Offsets and ids come back as bigint.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'

export interface TopicRow {
  readonly id: bigint
  readonly name: string
  readonly partitions: bigint
  readonly retention_ms: bigint | null
}

export interface PartitionRow {
  readonly id: bigint
  readonly partition: bigint
  readonly start_offset: bigint
  readonly end_offset: bigint
  readonly clean_offset: bigint
  readonly seal: bigint
  readonly stored: bigint | null
}

export interface BatchRow {
  readonly base_offset: bigint
  readonly next_offset: bigint
  readonly bytes: Uint8Array
}

export type Statements = ReturnType<typeof prepareStatements>

export function prepareStatements(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text, { readBigInts: true })
  return {
    loadTopics: sql('SELECT id, name, partitions, retention_ms, seal FROM topics ORDER BY id'),
    upsertTopic: sql(`INSERT INTO topics (name, partitions, retention_ms, seal) VALUES (?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET retention_ms = excluded.retention_ms, seal = excluded.seal`),
    loadPartitions: sql(`
      SELECT p.id, p.partition, p.start_offset, p.end_offset, p.clean_offset, p.seal,
        (SELECT b.next_offset FROM batches b WHERE b.partition_id = p.id ORDER BY b.base_offset DESC LIMIT 1) AS stored
      FROM partitions p WHERE p.topic_id = ? ORDER BY p.partition`),
    insertPartition: sql(`INSERT INTO partitions (topic_id, partition, start_offset, end_offset, clean_offset, seal)
      SELECT id, ?, 0, 0, 0, ? FROM topics WHERE name = ? ON CONFLICT DO NOTHING`),
    movePartition: sql(
      'UPDATE partitions SET start_offset = ?, end_offset = ?, clean_offset = ?, seal = ? WHERE id = ?',
    ),
    insertBatch: sql(
      'INSERT INTO batches (partition_id, base_offset, next_offset, max_time_ms, bytes) VALUES (?, ?, ?, ?, ?)',
    ),
    // The batch that holds the offset, and those after it.
    readBatches: sql(`SELECT base_offset, next_offset, bytes FROM batches
      WHERE partition_id = ? AND base_offset >=
        (SELECT max(base_offset) FROM batches WHERE partition_id = ? AND base_offset <= ?) AND base_offset < ?
      ORDER BY base_offset`),
    dropBatches: sql('DELETE FROM batches WHERE partition_id = ? AND next_offset <= ?'),
    firstSince: sql(`SELECT base_offset FROM batches
      WHERE partition_id = ? AND max_time_ms >= ? ORDER BY base_offset LIMIT 1`),
    storedBytes: sql(`SELECT coalesce(sum(length(bytes)), 0) AS total,
      coalesce(sum(length(bytes)) FILTER (WHERE base_offset >= ?), 0) AS dirty FROM batches WHERE partition_id = ?`),
    noted: sql('SELECT next_offset, seal FROM group_offsets WHERE group_name = ? AND partition_id = ?'),
    note: sql(`INSERT INTO group_offsets (group_name, partition_id, next_offset, seal) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset, seal = excluded.seal`),
  }
}
