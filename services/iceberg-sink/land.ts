/**
 * One landing: what waits becomes files, letters and one commit.
 *
 *   batches ─► stage (worker: Avro ─► columns ─► Parquet) ─► log(dead letters) ─► store ─► table.commit
 *
 * Letters, files, commit: a crash before the commit leaves letters that will be folded and files that no snapshot
 * names, and the next attempt does all of it again.
 */
import { codeOf, type K2Error } from '@k2/contracts/codes.ts'
import { encodeLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { deadLetterTopic } from '@k2/contracts/topics.ts'
import type { Store } from '@k2/lake/store/store.ts'
import {
  type Advance,
  type Hole,
  type Intent,
  type Outcome,
  type Table,
  type TopicPartition,
  topicPartition,
} from '@k2/lake/table.ts'
import type { Log, LogBatch, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import type { Clock } from '@k2/service/clock.ts'
import { retry, TRANSIENT } from '@k2/service/retry.ts'
import { commitId } from './core/commit-id.ts'
import type { RejectedRecord } from './core/stage.ts'
import type { LaneEvent } from './events.ts'
import type { StagedFiles, Stager } from './stager.ts'

export interface LandPorts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly table: Table
  readonly store: Store
  readonly stager: Stager
  readonly clock: Clock
  readonly random: () => number
  readonly retried: (error: K2Error) => void
  readonly told: (event: LaneEvent) => void
  /** Where a crash test may stop the process. */
  readonly reached: (moment: string) => void
}

/** What to land, and where the table stood when it was read. */
export interface Load {
  readonly batches: readonly LogBatch[]
  readonly expected: (partition: TopicPartition) => bigint | null
  readonly holes: readonly Hole[]
  readonly tableUuid: string
  /** Where the worker writes before the store takes over. */
  readonly stagingFolder: string
}

export interface Landing {
  readonly outcome: Outcome
  readonly staged: StagedFiles
  readonly locations: readonly string[]
  /** How long the commit took, tries again included. */
  readonly commitSeconds: number
}

export async function land(ports: LandPorts, load: Load, signal: AbortSignal): Promise<Landing> {
  const { log, table, clock, reached, told } = ports
  const secondsSince = (micros: number) => (clock.nowMicros() - micros) / 1e6
  const startMicros = clock.nowMicros()
  const budget = { ...TRANSIENT, signal, clock, random: ports.random, onRetry: ports.retried }
  const schemas = await retry(() => schemasOf(ports.registry, load.batches), budget)
  const staged = await ports.stager.stage({
    table: table.spec.name,
    batches: load.batches,
    schemas,
    folder: load.stagingFolder,
  })
  reached('sink.staged')
  await sendLetters(log, staged.rejected)
  reached('sink.letters')
  const files = await publish(ports.store, table.location, load.stagingFolder, staged)
  const writtenMicros = clock.nowMicros()
  told({ kind: 'written', seconds: secondsSince(startMicros) })
  reached('sink.files')
  const advances = advancesOf(staged, load)
  const intent = {
    commitId: commitId(load.tableUuid, advances),
    files,
    advances,
    holesRead: load.holes.filter((hole) => staged.to.has(topicPartition(hole.topic, hole.partition))),
    holesAdded: staged.rejected.map(holeOf),
    holesStruck: [],
  }
  const outcome = await retry(() => commit(ports, intent), budget)
  reached('sink.committed')
  return { outcome, staged, locations: files.map(({ path }) => path), commitSeconds: secondsSince(writtenMicros) }
}

async function commit({ table, told }: LandPorts, intent: Intent): Promise<Outcome> {
  try {
    return await table.commit(intent)
  } catch (error) {
    told({ kind: 'failed', code: codeOf(error) })
    throw error
  }
}

const holeOf = ({ topic, partition, offset }: RejectedRecord): Hole => ({
  topic,
  partition,
  from: offset,
  to: offset + 1n,
  reason: 'rejected',
})

async function sendLetters(log: Log, rejected: readonly RejectedRecord[]): Promise<void> {
  const byTopic = Map.groupBy(rejected, ({ topic }) => topic)
  for (const [topic, records] of byTopic) {
    const letters = records.map(({ code: _, ...record }) => ({ origin: 'log', ...record }) as const)
    await log.append(
      deadLetterTopic(topic),
      letters.map((letter) => ({ key: letterKey(letter), value: encodeLetter(letter) })),
    )
  }
}

/** Files as the table will name them, durable in the store. */
async function publish(store: Store, location: string, folder: string, { files }: StagedFiles) {
  return Promise.all(
    files.map(async (file) => {
      const path = `${location}/data/${file.path}`
      await store.publish(`${folder}/${file.path}`, path)
      return { ...file, path }
    }),
  )
}

function advancesOf(staged: StagedFiles, load: Load): Advance[] {
  return [...staged.to].map(([partition, to]) => {
    const last = staged.last.get(partition)
    return { ...split(partition), expected: load.expected(partition), to, ...(last && { last }) }
  })
}

export function split(partition: TopicPartition): { topic: string; partition: number } {
  const at = partition.lastIndexOf('/')
  return { topic: partition.slice(0, at), partition: Number(partition.slice(at + 1)) }
}
