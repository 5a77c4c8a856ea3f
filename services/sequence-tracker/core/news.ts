/**
 * What a window of records has shown: gaps that opened or changed, and runs of repeats, late records and resets. Whatever
 * is judged again after a crash gives the same keys, so that it folds: a run begins at a record, whatever the window.
 *
 *   shape   collected by the judge, taken at a flush
 */
import type { EventKind, GapStatus, SequenceEvent } from '@k2/contracts/records/sequence.ts'
import type { OpenGap } from './gaps.ts'
import type { StreamId } from './streams.ts'

/** For people: the rest of a flood is counted. */
export const WARNINGS_MAX = 20

export interface Warning {
  readonly kind: 'gap' | 'reset'
  readonly id: StreamId
  readonly expected: bigint
  readonly actual: bigint
  /** Missing numbers; 0 of a reset. */
  readonly gap: bigint
}

interface ChangedGap {
  readonly id: StreamId
  readonly resets: number
  readonly gap: OpenGap
  isGivenUp: boolean
  untilOffset: number
}

type Run = { -readonly [K in keyof SequenceEvent]: SequenceEvent[K] }
const NOTHING: readonly never[] = []

export class News {
  private changed = new Map<OpenGap, ChangedGap>()
  private runs: Run[] = []
  /** By the stream's key: the run that may go on. */
  private readonly current = new Map<string, Run>()
  private warned: Warning[] = []
  private unwarned = 0

  /** Events that wait. */
  get size(): number {
    return this.changed.size + this.runs.length
  }

  gap(id: StreamId, resets: number, gap: OpenGap, offset: number, isGivenUp = false): void {
    const known = this.changed.get(gap)
    if (known === undefined) this.changed.set(gap, { id, resets, gap, isGivenUp, untilOffset: offset })
    else {
      known.untilOffset = offset
      known.isGivenUp ||= isGivenUp
    }
  }

  /** A record that is news by itself; one behind another of its kind makes a run of them. */
  record(
    kind: Exclude<EventKind, 'gap'>,
    id: StreamId,
    seen: { resets: number; number: bigint; offset: number; micros: number; expected: bigint | null },
  ): void {
    const { resets, number, offset, micros, expected } = seen
    const run = this.current.get(id.key)
    const isNext = run !== undefined && run.kind === kind && run.resets === resets && run.to + 1n === number
    if (isNext && kind !== 'reset') {
      run.to = number
      run.untilOffset = BigInt(offset)
      return
    }
    const at = BigInt(offset)
    const { key, exchange, symbol, session, topic, partition } = id
    // Spread out of its parts it costs a third of a repeat.
    const made: Run = {
      exchange,
      symbol,
      session,
      topic,
      partition,
      kind,
      resets,
      from: number,
      to: number,
      offset: at,
      micros,
      untilOffset: at,
      expected,
      status: null,
      open: NOTHING,
      fills: NOTHING,
      fillsMore: 0,
    }
    this.runs.push(made)
    this.current.set(key, made)
  }

  warn(warning: Warning): void {
    if (this.warned.length < WARNINGS_MAX) this.warned.push(warning)
    else this.unwarned++
  }

  /** What is to be said now, and how many more there were. */
  warnings(): { readonly warned: readonly Warning[]; readonly more: number } {
    const told = { warned: this.warned, more: this.unwarned }
    this.warned = []
    this.unwarned = 0
    return told
  }

  /** All that waits, as it stands now. */
  take(): SequenceEvent[] {
    const gaps = [...this.changed.values()].map(gapEvent)
    const events = [...gaps, ...this.runs]
    this.forget()
    return events
  }

  forget(): void {
    this.changed = new Map()
    this.runs = []
    this.current.clear()
  }
}

function gapEvent({ id, resets, gap, isGivenUp, untilOffset }: ChangedGap): SequenceEvent {
  const { key: _, ...name } = id
  const { from, to, offset, micros, open, fills, fillsMore } = gap
  const news = { kind: 'gap', resets, from, to, offset, micros, untilOffset: BigInt(untilOffset) } as const
  return { ...name, ...news, expected: null, status: statusOf(gap, isGivenUp), open, fills, fillsMore }
}

function statusOf({ open, fills }: OpenGap, isGivenUp: boolean): GapStatus {
  if (isGivenUp) return 'given_up'
  if (open.length === 0) return 'filled'
  return fills.length === 0 ? 'open' : 'partly_filled'
}
