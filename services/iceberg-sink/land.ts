/**
 * One landing, in two steps that a lane lets overlap: what is cut becomes files and letters, and these one commit.
 *
 *   prepare  batches ─► repeats ─► stage (worker: Avro ─► columns ─► Parquet) ─► log(dead letters) ─► store
 *   commit   ─► table.commit
 *
 * Letters, files, commit: a crash before the commit leaves letters that will be folded and files that no snapshot
 * names, and the next attempt does all of it again. Files of an attempt that is known to have failed are deleted; where
 * the outcome is unknown they may be in the table, and stay for the removal of orphans.
 *
 *   retries  each step but staging, whose buffers have moved: within TRANSIENT, then the lane starts over (lane.ts)
 */
import { join } from 'node:path'
import { codeOf, type K2Error } from '@k2/contracts/codes.ts'
import { encodeLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { deadLetterTopic } from '@k2/contracts/topics.ts'
import { type Dedup, type Judgement, NOT_JUDGED } from '@k2/dedup/dedup.ts'
import type { Store } from '@k2/lake/store/store.ts'
import {
  type Advance,
  type DataFile,
  type Hole,
  type Intent,
  type Outcome,
  type Table,
  type TopicPartition,
  topicPartition,
} from '@k2/lake/table.ts'
import { besides } from '@k2/landing/places.ts'
import type { RejectedRecord, StageBatch } from '@k2/landing/stage.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import type { Clock } from '@k2/service/clock.ts'
import { TRANSIENT } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import { traced } from '@k2/service/tracing.ts'
import { commitId } from './core/commit-id.ts'
import type { LaneEvent } from './events.ts'
import type { StagedFiles, Stager } from './stager.ts'

export interface LandPorts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly table: Table
  readonly store: Store
  readonly stager: Stager
  /** Absent where no topic of the table is judged. */
  readonly dedup?: Dedup
  readonly clock: Clock
  readonly random: () => number
  readonly retried: (error: K2Error) => void
  readonly told: (event: LaneEvent) => void
  /** Where a crash test may stop the process. */
  readonly reached: (moment: string) => void
}

/** What to land, and where the table will stand once all that is ahead of it is in. */
export interface Load {
  readonly batches: readonly StageBatch[]
  readonly expected: (partition: TopicPartition) => bigint | null
  readonly holes: readonly Hole[]
  /** Where the worker writes before the store takes over. */
  readonly stagingFolder: string
}

/** In the store, and in no snapshot. */
export interface Prepared {
  readonly files: readonly DataFile[]
  readonly advances: readonly Advance[]
  readonly rows: number
  readonly rejected: readonly Omit<RejectedRecord, 'raw'>[]
  /** Records of the load that became rows, letters, or nothing since they repeat others. */
  readonly decided: number
  /** What was passed over on the way. */
  readonly deferred: readonly Hole[]
  readonly policies: ReadonlyMap<string, string>
  readonly judged: Judgement
  readonly to: StagedFiles['to']
  /** Of the load, what did not fit. */
  readonly left: StagedFiles['left']
  readonly startMicros: number
  readonly sinceMicros: number
}

/** Where the table stood when the work was done, all that was ahead of it being in. */
export interface Standing {
  readonly tableUuid: string
  readonly holes: readonly Hole[]
}

export async function prepare(ports: LandPorts, load: Load, signal: AbortSignal): Promise<Prepared> {
  const { clock, reached, told } = ports
  const startMicros = clock.nowMicros()
  const budget = budgetOf(ports, signal)
  const schemas = await retry(() => schemasOf(ports.registry, load.batches), budget)
  const { stagingFolder: folder, batches, holes } = load
  const judged = await retry(async () => ports.dedup?.judge(batches, schemas, holes) ?? NOT_JUDGED, budget)
  const { repeats } = judged
  const staged = await ports.stager.stage({ table: ports.table.spec.name, batches, schemas, repeats, folder })
  ports.dedup?.staged(staged.rejected)
  const files = staged.files.map((file) => ({ ...file, path: `${ports.table.location}/data/${file.path}` }))
  try {
    reached('sink.staged')
    await sendLetters(staged.rejected, (topic, letters) => retry(() => ports.log.append(topic, letters), budget))
    reached('sink.letters')
    await allEnded(
      files.map(({ path }, i) => retry(() => ports.store.publish(join(folder, staged.files[i]!.path), path), budget)),
    )
  } catch (error) {
    await discard(ports, files)
    await ports.stager.discard(folder, staged.files)
    throw error
  }
  const sinceMicros = clock.nowMicros()
  told({ kind: 'written', seconds: (sinceMicros - startMicros) / 1e6 })
  reached('sink.files')
  const { rows, to, left } = staged
  const rejected = staged.rejected.map(({ raw: _, ...place }) => place)
  const deferred = batches.flatMap((batch) => deferredOf(batch, to, judged))
  const repeated = [...staged.repeated.values()].reduce((sum, records) => sum + records, 0)
  const policies = new Map(batches.flatMap(({ passed }) => (passed ? [[passed.policy, passed.text] as const] : [])))
  const advances = advancesOf(staged, load, judged)
  const decided = rows + rejected.length + repeated
  return { files, advances, rows, decided, rejected, judged, deferred, policies, to, left, startMicros, sinceMicros }
}

/** Errors: what was prepared is deleted where it is known not to be in. */
export async function commit(
  ports: LandPorts,
  prepared: Prepared,
  { tableUuid, holes }: Standing,
  signal: AbortSignal,
): Promise<Outcome> {
  const { files, advances, rejected, deferred, policies, to } = prepared
  const intent: Intent = {
    commitId: commitId(tableUuid, advances, deferred),
    files,
    advances,
    holesRead: holes.filter((hole) => to.has(topicPartition(hole.topic, hole.partition))),
    holesAdded: [...rejected.map(holeOf), ...deferred],
    holesStruck: [],
    policies,
  }
  try {
    const outcome = await traced('sink.commit', () => retry(() => attempt(ports, intent), budgetOf(ports, signal)))
    if (outcome.kind === 'stale') await discard(ports, files)
    else ports.reached('sink.committed')
    return outcome
  } catch (error) {
    if (error === signal.reason || codeOf(error) === 'LAKE_UNAVAILABLE') await discard(ports, files)
    throw error
  }
}

async function attempt({ table, told }: LandPorts, intent: Intent): Promise<Outcome> {
  try {
    return await table.commit(intent)
  } catch (error) {
    told({ kind: 'failed', code: codeOf(error) })
    throw error
  }
}

/** What cannot be deleted is an orphan, and removed with those. */
export async function discard({ store }: Pick<LandPorts, 'store'>, files: readonly DataFile[]): Promise<void> {
  await Promise.allSettled(files.map(({ path }) => store.delete(path)))
}

export const budgetOf = ({ clock, random, retried }: LandPorts, signal: AbortSignal) => ({
  ...TRANSIENT,
  signal,
  clock,
  random,
  onRetry: retried,
})

export const holeOf = ({ topic, partition, offset }: Omit<RejectedRecord, 'raw'>): Hole => ({
  topic,
  partition,
  from: offset,
  to: offset + 1n,
  reason: 'rejected',
})

/** As much of what a batch passed over as the commit decides on: less what it kept all the same, and repeats. */
function deferredOf({ topic, partition, passed }: StageBatch, to: Prepared['to'], judged: Judgement): Hole[] {
  if (passed === undefined) return []
  const name = topicPartition(topic, partition)
  const end = to.get(name) ?? 0n
  const cut = { from: passed.from, to: passed.to < end ? passed.to : end }
  if (cut.from >= cut.to) return []
  const except = [...passed.except, ...(judged.passed.get(name) ?? [])].sort((a, b) => (a < b ? -1 : 1))
  return besides({ topic, partition, ...cut, reason: 'deferred', policy: passed.policy }, except)
}

type Letters = Parameters<Log['append']>[1]

async function sendLetters(
  rejected: readonly RejectedRecord[],
  send: (topic: string, letters: Letters) => Promise<unknown>,
): Promise<void> {
  for (const [topic, records] of Map.groupBy(rejected, ({ topic }) => topic)) {
    const letters = records.map((record) => ({ origin: 'log', ...record }) as const)
    await send(
      deadLetterTopic(topic),
      letters.map((letter) => ({ key: letterKey(letter), value: encodeLetter(letter) })),
    )
  }
}

/** The first failure, once none of them is at work any more: what they made can be deleted then. */
async function allEnded(works: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(works)
  await Promise.all(works)
}

function advancesOf(staged: StagedFiles, load: Load, judged: Judgement): Advance[] {
  return [...staged.to].map(([partition, to]) => {
    const last = staged.last.get(partition)
    const passed = judged.passed.get(partition)?.filter((offset) => offset < to) ?? []
    const repeats = (staged.repeated.get(partition) ?? 0) + passed.length
    return { ...split(partition), expected: load.expected(partition), to, ...(last && { last }), repeats }
  })
}

export function split(partition: TopicPartition): { topic: string; partition: number } {
  const at = partition.lastIndexOf('/')
  return { topic: partition.slice(0, at), partition: Number(partition.slice(at + 1)) }
}
