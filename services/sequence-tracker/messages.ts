/** Positions, gaps and events -> the messages of sequence.proto. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Coverage as CoverageMessage } from '@k2/contracts/gen/k2/v1/Coverage.ts'
import type { SequenceEvent as EventMessage } from '@k2/contracts/gen/k2/v1/SequenceEvent.ts'
import type { SequenceGap as GapMessage } from '@k2/contracts/gen/k2/v1/SequenceGap.ts'
import type { SequencePosition as PositionMessage } from '@k2/contracts/gen/k2/v1/SequencePosition.ts'
import type { Fill, Missing, Position, SequenceEvent, StreamName } from '@k2/contracts/records/sequence.ts'
import { type Coverage, missingCount } from './core/coverage.ts'

const streamOf = ({ symbol, exchange, session }: StreamName) => ({ symbol, exchange, date: session })

const rangeMessage = ({ from, to, afterMicros, beforeMicros }: Missing) => ({
  fromSequence: String(from),
  toSequence: String(to),
  afterTimestampMicros: String(afterMicros),
  beforeTimestampMicros: String(beforeMicros),
})

const fillMessage = ({ from, to, offset, micros }: Fill) => ({
  fromSequence: String(from),
  toSequence: String(to),
  offset: String(offset),
  timestampMicros: String(micros),
})

const seenOf = ({ first, last, firstMicros, lastMicros, knownFrom }: Position) => ({
  firstSequence: String(first),
  lastSequence: String(last),
  firstTimestampMicros: String(firstMicros),
  lastTimestampMicros: String(lastMicros),
  ...(knownFrom !== null && { knownFrom: String(knownFrom) }),
})

export function positionMessage(position: Position): PositionMessage {
  const open = position.gaps.flatMap((gap) => gap.open)
  const { topic, partition, offset, resets } = position
  const missing = { missing: String(missingCount(open)), ranges: open.length }
  return { ...streamOf(position), ...seenOf(position), ...missing, resets, topic, partition, offset: String(offset) }
}

const enumOf = (prefix: string, word: string | null): string => `${prefix}_${word ?? 'unspecified'}`.toUpperCase()

/** Of a request's list: GAP_STATUS_OPEN is open, and each is named once. INVALID_ARGUMENT where one names nothing. */
export function wordsOf(values: readonly (string | number)[], prefix: string): string[] {
  const words = [...new Set(values)].map((value) => {
    if (typeof value === 'string' && value.startsWith(`${prefix}_`) && value !== `${prefix}_UNSPECIFIED`)
      return value.slice(prefix.length + 1).toLowerCase()
    throw new K2Error('INVALID_ARGUMENT', `${value} is no ${prefix.toLowerCase()}: leave it out for all.`)
  })
  return words
}

export function gapMessage(event: SequenceEvent): GapMessage {
  const { from, to, status, open, fills, fillsMore, topic, partition, offset, micros, resets } = event
  return {
    ...streamOf(event),
    fromSequence: String(from),
    toSequence: String(to),
    status: enumOf('GAP_STATUS', status) as NonNullable<GapMessage['status']>,
    missing: String(missingCount(open)),
    open: open.map(rangeMessage),
    fills: fills.map(fillMessage),
    ...{ fillsMore, topic, partition, offset: String(offset), timestampMicros: String(micros), resets },
  }
}

export function eventMessage(event: SequenceEvent): EventMessage {
  const { kind, from, to, expected, status, open, topic, partition, offset, untilOffset, micros, resets } = event
  return {
    ...streamOf(event),
    kind: enumOf('SEQUENCE_EVENT_KIND', kind) as NonNullable<EventMessage['kind']>,
    fromSequence: String(from),
    toSequence: String(to),
    ...(expected !== null && { expectedSequence: String(expected) }),
    status: enumOf('GAP_STATUS', status) as NonNullable<EventMessage['status']>,
    missing: String(missingCount(open)),
    ...{ topic, partition, offset: String(offset), untilOffset: String(untilOffset) },
    ...{ timestampMicros: String(micros), resets },
  }
}

export function coverageMessage(position: Position, date: string, { isComplete, missing }: Coverage): CoverageMessage {
  const seen = { ...streamOf(position), ...seenOf(position), date }
  return { ...seen, complete: isComplete, missing: missing.map(rangeMessage) }
}
