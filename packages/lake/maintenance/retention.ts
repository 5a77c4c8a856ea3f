/**
 * Which snapshots to drop: all are kept for a while, then one a minute, then one a day for ever.
 *
 *   shape   (snapshots, now, retention) -> ids; pure. The newest of all is never among them
 *   units   ms
 *   source  SPEC.md 1, "Snapshots"
 */
import type { Snapshot } from '../table.ts'

export interface Retention {
  readonly allMs: number
  readonly everyMinuteMs: number
}

export const RETENTION: Retention = { allMs: 3_600_000, everyMinuteMs: 86_400_000 }

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export function expirable(snapshots: readonly Snapshot[], nowMs: number, retention: Retention = RETENTION): bigint[] {
  const kept = new Set<bigint>()
  const slots = new Map<string, Snapshot>()
  for (const snapshot of snapshots) {
    const { id, committedAtMs } = snapshot
    const ageMs = nowMs - committedAtMs
    if (ageMs <= retention.allMs) {
      kept.add(id)
      continue
    }
    const slotMs = ageMs <= retention.everyMinuteMs ? MINUTE_MS : DAY_MS
    const slot = `${slotMs}/${Math.floor(committedAtMs / slotMs)}`
    // In the table's order, which is that of commits: of equal times the later one stands.
    if (committedAtMs >= (slots.get(slot)?.committedAtMs ?? Number.NEGATIVE_INFINITY)) slots.set(slot, snapshot)
  }
  for (const { id } of slots.values()) kept.add(id)
  const newest = snapshots.at(-1)?.id
  return snapshots.flatMap(({ id }) => (kept.has(id) || id === newest ? [] : [id]))
}
