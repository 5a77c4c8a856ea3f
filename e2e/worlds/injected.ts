/**
 * A feed whose numbers have no gap, sent with a hole, a repeat and a late trade at known places: exactly these are to be
 * reported, and the hole to be closed once it is sent after all.
 */
import assert from 'node:assert/strict'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { inFolder } from './folder.ts'
import { append, judged, type Life, type Numbered, serving } from './tracking.ts'

const HOLE = 7
const BEHIND = 5
const APPEND_ROWS = 5_000

/** A log and a tracker in a folder of their own. */
export const tracked = (work: (life: Life, log: Log, registry: SchemaRegistry) => Promise<void>) =>
  inFolder(async (folder) => {
    const log = openEmbeddedLog(folder, { now: Date.now })
    const registry = log.registry(incompatibility)
    await log.createTopics(TOPICS)
    const life = await serving(log, registry, folder)
    try {
      await work(life, log, registry)
    } finally {
      await life.end()
      await log.close()
    }
  })

async function send(log: Log, registry: SchemaRegistry, trades: readonly Numbered[]): Promise<void> {
  for (let from = 0; from < trades.length; from += APPEND_ROWS)
    await append(log, registry, trades.slice(from, from + APPEND_ROWS))
  await judged(log)
}

/** Gaps as `from-to STATUS`, other events as `KIND from-to`; all of them, in order of their keys. */
export async function reported({ rpc }: Life): Promise<{ readonly gaps: string[]; readonly events: string[] }> {
  const { gaps } = await rpc.call('ListSequenceGaps', { limit: 10_000 })
  const { events } = await rpc.call('ListSequenceEvents', { limit: 10_000 })
  return {
    gaps: gaps.map(({ fromSequence, toSequence, status }) => `${fromSequence}-${toSequence} ${status.slice(11)}`),
    events: events.map(({ kind, fromSequence, toSequence }) => `${kind.slice(20)} ${fromSequence}-${toSequence}`),
  }
}

/** Sends trades as they are. */
export const asTheyAre = (trades: readonly Numbered[]) => {
  let found: Awaited<ReturnType<typeof reported>> | undefined
  return tracked(async (life, log, registry) => {
    await send(log, registry, trades)
    found = await reported(life)
  }).then(() => found!)
}

export const withInjections = (trades: readonly Numbered[]) =>
  tracked(async (life, log, registry) => {
    const [holeAt, repeatAt, lateAt] = [0.2, 0.5, 0.8].map((share) => Math.floor(trades.length * share)) as [
      number,
      number,
      number,
    ]
    const hole = trades.slice(holeAt, holeAt + HOLE)
    const late = trades[lateAt]!
    const sent = [
      ...trades.slice(0, holeAt),
      ...trades.slice(holeAt + HOLE, repeatAt + 1),
      trades[repeatAt]!,
      ...trades.slice(repeatAt + 1, lateAt),
      ...trades.slice(lateAt + 1, lateAt + 1 + BEHIND),
      late,
      ...trades.slice(lateAt + 1 + BEHIND),
    ]
    await send(log, registry, sent)
    const holeName = `${hole[0]!.sourceSequence}-${hole.at(-1)!.sourceSequence}`
    const lateName = `${late.sourceSequence}-${late.sourceSequence} FILLED`
    const repeat = trades[repeatAt]!.sourceSequence
    const events = [`DUPLICATE ${repeat}-${repeat}`]
    assert.deepEqual(await reported(life), { gaps: [`${holeName} OPEN`, lateName], events })
    const half = Math.floor(HOLE / 2)
    await send(log, registry, hole.slice(half))
    assert.deepEqual(await reported(life), { gaps: [`${holeName} PARTLY_FILLED`, lateName], events })
    await send(log, registry, hole.slice(0, half))
    assert.deepEqual(await reported(life), { gaps: [`${holeName} FILLED`, lateName], events })
    const { positions } = await life.rpc.call('ListPositions', {})
    assert.deepEqual(
      positions.map(({ firstSequence, lastSequence, missing }) => [firstSequence, lastSequence, missing]),
      [[String(trades[0]!.sourceSequence), String(trades.at(-1)!.sourceSequence), '0']],
    )
  })
