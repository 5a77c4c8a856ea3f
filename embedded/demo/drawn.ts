/**
 * A drill as people see it: the level, the lag, and by priority what is kept and what is deferred.
 *
 *   shape   (state, cells of a line, paint) -> lines, none wider; or one plain line
 */
import { LEVEL_NAMES, type Level, levelName } from '@k2/contracts/degradation.ts'
import { columnLines } from '../terminal/columns.ts'
import { sparkline } from '../terminal/sparkline.ts'
import { clip, duration, type Paint, whole } from '../terminal/text.ts'
import type { Counts } from './counts.ts'

export interface DrillState {
  readonly stage: string
  readonly elapsedMs: number
  readonly level: Level
  readonly lagRecords: number
  /** One after the other. */
  readonly lags: readonly number[]
  /** At which each level begins, from SOFT on. */
  readonly triggers: readonly number[]
  readonly counts: readonly Counts[]
}

/** As docs and settings have it: what each level does. */
const DOES: readonly string[] = [
  'everything is taken in',
  'derived work waits: compaction, kept bars; heavy questions are refused',
  'LOW is deferred',
  'LOW and NORMAL are deferred',
  'only CRITICAL is taken in',
]
const LAG_CELLS_MAX = 60

export function drillLines(state: DrillState, cells: number, paint: Paint): string[] {
  const { stage, elapsedMs, level, lagRecords, lags, triggers, counts } = state
  const colours = [paint.green, paint.yellow, paint.yellow, paint.red, paint.red]
  const steps = LEVEL_NAMES.map((name, i) => (i === level ? colours[i]!(paint.bold(name)) : paint.dim(name))).join('  ')
  const at = triggers.map((trigger, i) => `${levelName((i + 1) as Level)} ${whole(trigger)}`).join(', ')
  const column = (title: string, of: (one: Counts) => number) =>
    ({ head: [title], cells: counts.map((one) => whole(of(one))), align: 'right', cellsMin: 10 }) as const
  const table = columnLines(
    [
      { head: ['priority'], cells: counts.map(({ priority }) => priority), align: 'left' },
      column('sent', ({ sent }) => sent),
      column('waiting', ({ waiting }) => waiting),
      column('deferred', ({ deferred }) => deferred),
      column('in the lake', ({ inLake }) => inLake),
    ],
    cells,
    paint.dim,
  )
  const line = sparkline(lags, Math.min(LAG_CELLS_MAX, cells - 30))?.line ?? ''
  return [
    paint.dim('─'.repeat(Math.max(0, cells))),
    `${paint.bold(stage)}   ${duration(elapsedMs)}   Ctrl-C ends it`,
    `level  ${steps}`,
    `       ${DOES[level]}`,
    `lag    ${whole(lagRecords).padStart(7)} records  ${line}`,
    paint.dim(`       begins at ${at}`),
    ...table,
  ].map((text) => clip(text, cells))
}

export function drillText({ stage, elapsedMs, level, lagRecords, counts }: DrillState): string {
  const parts = counts.map(({ priority, inLake, deferred }) => `${priority} ${whole(inLake)} + ${whole(deferred)}`)
  return `${duration(elapsedMs).padStart(6)}  ${levelName(level).padEnd(13)}  lag ${whole(lagRecords)}  in the lake + deferred: ${parts.join(', ')}  (${stage})\n`
}
