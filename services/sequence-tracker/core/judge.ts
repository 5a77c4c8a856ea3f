/**
 * HOT PATH (`npm run bench -- sequence`). Judges each record's number against where its stream stands. What was seen of a
 * stream is [first, last] less its open gaps, so every number is known to be there or to be missing:
 *
 *   first      nothing is known of the stream                              it stands there
 *   next       last + 1                                                    it moves on
 *   gap        above last + 1                                              what lies between is missing
 *   filled     missing until now                                           its gap shrinks, or is closed
 *   duplicate  there already                                               nothing
 *   late       below first                                                 first moves down; what lies between is missing
 *              where gaps were given up, or of the numbers before a reset  nothing
 *   reset      there already, or below first, and yet made RESET_MICROS    it stands there, and what was missing before
 *              after all before it, where numbers never begin again        stays so for ever
 *
 * A record without a number, or with one below 0, is not judged; neither is one at or below the stream's offset: it was.
 *
 *   shape   columns in, state moved on, counts and news out; nothing is allocated for a record that is next
 *   units   times: µs since the epoch, event time
 */
import { streamKey } from '@k2/contracts/records/sequence.ts'
import { Gaps, OPEN_RANGES_MAX, type OpenGap } from './gaps.ts'
import { News } from './news.ts'
import type { BatchNumbers } from './numbers.ts'
import { sessionAt } from './sessions.ts'
import { put, type Shelf, type StreamId, Streams, wholeOf } from './streams.ts'

export const OUTCOMES = ['first', 'next', 'gap', 'filled', 'duplicate', 'late', 'reset', 'unnumbered', 'known'] as const
export type Outcome = (typeof OUTCOMES)[number]
const place = (outcome: Outcome): number => OUTCOMES.indexOf(outcome)
const FIRST = place('first')
const NEXT = place('next')
const GAP = place('gap')
const FILLED = place('filled')
const DUPLICATE = place('duplicate')
const LATE = place('late')
const RESET = place('reset')
const UNNUMBERED = place('unnumbered')
const KNOWN = place('known')

/** Clocks of a venue's machines differ by less, and what is sent again has the time it had. */
export const RESET_MICROS = 3_600_000_000
const TWO_32 = 2 ** 32

/** A symbol and venue of a batch, in one of their sessions; those of the other sessions are a ring. */
interface Lane {
  readonly id: StreamId
  readonly fromMicros: number
  readonly toMicros: number
  row: number
  tenant: number
  /** Its records are of the partition that the stream's offset is of; others may be judged twice after a crash. */
  isAtHome: boolean
  another: Lane
}

export class Judge {
  readonly streams: Streams
  readonly news = new News()
  /** By place in OUTCOMES, since they were last read. */
  readonly counts = new Float64Array(OUTCOMES.length)
  /** Gaps that were found, since that was last read. */
  gapsFound = 0

  constructor(streamsMax: number, shelf: Shelf) {
    this.streams = new Streams(streamsMax, shelf)
  }

  judge(batch: BatchNumbers): void {
    const { rows, symbolCodes, exchangeCodes, nulls, sequences, times, offsets, logTimes } = batch
    const { streams, counts } = this
    const { lastHigh, lastLow, lastMicros, latestMicros, resetMicros, recordMs, tenants, dirty } = streams
    const venues = batch.exchanges.length
    const lanes: (Lane | undefined)[] = new Array(batch.symbols.length * venues).fill(undefined)
    for (let i = 0; i < rows; i++) {
      const high = sequences[i * 2 + 1]!
      const low = sequences[i * 2]!
      if (high < 0 || (nulls !== undefined && nulls[i] === 1)) {
        counts[UNNUMBERED]!++
        continue
      }
      const micros = times[i * 2 + 1]! * TWO_32 + (times[i * 2]! >>> 0)
      const at = symbolCodes[i]! * venues + exchangeCodes[i]!
      let lane = lanes[at]
      if (lane === undefined || micros < lane.fromMicros || micros >= lane.toMicros) {
        lane = otherSession(lane, micros) ?? laneOf(batch, symbolCodes[i]!, exchangeCodes[i]!, micros, lane)
        lanes[at] = lane
      }
      let { row } = lane
      if (row < 0 || tenants[row] !== lane.tenant) {
        row = streams.rowOf(lane.id)
        lane.row = row
        lane.tenant = tenants[row]!
        lane.isAtHome = streams.isAtHome(row, batch.topic, batch.partition)
      } else streams.touch(row)
      const offset = offsets[i * 2 + 1]! * TWO_32 + (offsets[i * 2]! >>> 0)
      if (lane.isAtHome && offset <= streams.offsets[row]!) {
        counts[KNOWN]!++
        continue
      }
      dirty[row] = 1
      const step = (high - lastHigh[row]!) * TWO_32 + ((low >>> 0) - (lastLow[row]! >>> 0))
      // A time of before a reset is unusual; of most streams there is none, and NaN is never more.
      if (step === 1 && streams.offsets[row]! >= 0 && !(resetMicros[row]! > micros)) {
        lastHigh[row] = high
        lastLow[row] = low
        lastMicros[row] = micros
        counts[NEXT]!++
      } else counts[this.unusual(row, lane.id, high, low, micros, offset)]!++
      if (lane.isAtHome) {
        streams.offsets[row] = offset
        recordMs[row] = logTimes[i]!
      }
      if (micros > latestMicros[row]!) latestMicros[row] = micros
    }
  }

  /** Nothing of what is in memory holds any more. */
  forget(): void {
    this.streams.forget()
    this.news.forget()
  }

  private unusual(row: number, id: StreamId, high: number, low: number, micros: number, offset: number): number {
    const { streams } = this
    const number = wholeOf(high, low)
    if (streams.offsets[row]! < 0) return this.begin(row, number, micros, FIRST)
    const last = streams.number(streams.lastHigh, streams.lastLow, row)
    // Only a reset tells apart numbers of before and after.
    if (micros < streams.resetMicros[row]!) return this.late(row, id, number, micros, offset)
    if (number > last) return this.ahead(row, id, number, last, micros, offset)
    const filled = streams.gaps[row]?.fill(number, BigInt(offset), micros)
    if (filled !== undefined) return this.filled(row, id, filled, offset)
    const isLater = micros - streams.latestMicros[row]! >= RESET_MICROS
    if (number < last && isLater && id.session === '') return this.reset(row, id, number, last, micros, offset)
    const first = streams.number(streams.firstHigh, streams.firstLow, row)
    const knownFrom = streams.knownFrom[row]!
    if (knownFrom !== null && number < knownFrom) return this.late(row, id, number, micros, offset)
    if (number >= first) {
      this.news.record('duplicate', id, { ...this.resetsOf(row), number, offset, micros, expected: null })
      return DUPLICATE
    }
    return this.before(row, id, number, first, micros, offset)
  }

  private begin(row: number, number: bigint, micros: number, outcome: number): number {
    const { streams } = this
    put(streams.firstHigh, streams.firstLow, row, number)
    put(streams.lastHigh, streams.lastLow, row, number)
    streams.firstMicros[row] = micros
    streams.lastMicros[row] = micros
    streams.latestMicros[row] = micros
    return outcome
  }

  private ahead(row: number, id: StreamId, number: bigint, last: bigint, micros: number, offset: number): number {
    const { streams } = this
    const missing = { from: last + 1n, to: number - 1n, afterMicros: streams.lastMicros[row]!, beforeMicros: micros }
    this.open(row, id, missing, offset, micros)
    this.news.warn({ kind: 'gap', id, expected: last + 1n, actual: number, gap: number - last - 1n })
    put(streams.lastHigh, streams.lastLow, row, number)
    streams.lastMicros[row] = micros
    return GAP
  }

  private before(row: number, id: StreamId, number: bigint, first: bigint, micros: number, offset: number): number {
    const { streams } = this
    if (number + 1n < first) {
      const missing = {
        from: number + 1n,
        to: first - 1n,
        afterMicros: micros,
        beforeMicros: streams.firstMicros[row]!,
      }
      this.open(row, id, missing, offset, micros)
    }
    put(streams.firstHigh, streams.firstLow, row, number)
    streams.firstMicros[row] = micros
    return this.late(row, id, number, micros, offset)
  }

  private late(row: number, id: StreamId, number: bigint, micros: number, offset: number): number {
    const expected = this.streams.number(this.streams.lastHigh, this.streams.lastLow, row) + 1n
    this.news.record('late', id, { ...this.resetsOf(row), number, offset, micros, expected })
    return LATE
  }

  private reset(row: number, id: StreamId, number: bigint, last: bigint, micros: number, offset: number): number {
    const { streams } = this
    streams.ranges -= streams.gaps[row]?.counted ?? 0
    streams.gaps[row] = undefined
    streams.knownFrom[row] = null
    streams.resets[row]!++
    streams.resetMicros[row] = micros
    this.news.record('reset', id, { ...this.resetsOf(row), number, offset, micros, expected: last + 1n })
    this.news.warn({ kind: 'reset', id, expected: last + 1n, actual: number, gap: 0n })
    return this.begin(row, number, micros, RESET)
  }

  private filled(row: number, id: StreamId, gap: OpenGap, offset: number): number {
    this.news.gap(id, this.streams.resets[row]!, gap, offset)
    this.limit(row, id, offset)
    return FILLED
  }

  private open(row: number, id: StreamId, missing: Parameters<Gaps['add']>[0], offset: number, micros: number): void {
    const { streams } = this
    const gaps = streams.gaps[row] ?? new Gaps()
    streams.gaps[row] = gaps
    this.gapsFound++
    this.news.gap(id, streams.resets[row]!, gaps.add(missing, BigInt(offset), micros), offset)
    this.limit(row, id, offset)
  }

  private limit(row: number, id: StreamId, offset: number): void {
    const { streams } = this
    const gaps = streams.gaps[row]!
    while (gaps.ranges > OPEN_RANGES_MAX) {
      const lost = gaps.giveUp()!
      streams.knownFrom[row] = lost.to + 1n
      this.news.gap(id, streams.resets[row]!, lost, offset, true)
    }
    streams.recount(row)
  }

  private resetsOf(row: number): { readonly resets: number } {
    return { resets: this.streams.resets[row]! }
  }
}

function otherSession(lane: Lane | undefined, micros: number): Lane | undefined {
  for (let one = lane?.another; one !== undefined && one !== lane; one = one.another)
    if (micros >= one.fromMicros && micros < one.toMicros) return one
  return undefined
}

function laneOf(batch: BatchNumbers, symbolCode: number, venue: number, micros: number, another?: Lane): Lane {
  const symbol = batch.symbols[symbolCode]!
  const exchange = batch.exchanges[venue]!
  const { name: session, fromMicros, toMicros } = sessionAt(exchange, micros)
  const { topic, partition } = batch
  const id = { exchange, symbol, session, topic, partition, key: streamKey({ exchange, symbol, session }) }
  const lane = { id, fromMicros, toMicros, row: -1, tenant: 0, isAtHome: true } as Lane
  lane.another = another?.another ?? lane
  if (another !== undefined) another.another = lane
  return lane
}
