/**
 * Whether positions stand for what the log holds now. A topic of trades that was made anew, or has lost its end, has other
 * records where they stand, or none: what comes there would pass for judged.
 */
import { codeOf } from '@k2/contracts/codes.ts'
import type { Log, OffsetRange } from '@k2/log/log.ts'
import type { View } from './adapters/view.ts'

/** Streams whose positions are of another log: those behind its end, and all where another record stands at the furthest. */
export async function strangersIn(log: Log, view: View, range: OffsetRange): Promise<string[]> {
  const { topic, partition, from, to } = range
  const furthest = view.furthest(topic, partition, to)
  if (furthest === undefined || furthest.recordMs === null || furthest.offset < from)
    return view.standing(topic, partition, to)
  const { offset, recordMs } = furthest
  const isOurs = await holds(log, { topic, partition, from: offset, to: offset + 1n }, recordMs)
  return view.standing(topic, partition, isOurs ? to : 0n)
}

/** Offsets are used once, and times of the log are of the moment: another record has another time. */
async function holds(log: Log, range: OffsetRange, recordMs: number): Promise<boolean> {
  try {
    for await (const { count, timesMs } of log.readRange(range)) if (count > 0) return timesMs[0] === recordMs
    return false
  } catch (error) {
    // Retention took it meanwhile.
    if (codeOf(error) === 'OFFSET_OUT_OF_RANGE') return true
    throw error
  }
}
