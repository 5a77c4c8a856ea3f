/**
 * What a full scan of the log says of the sources' numbers, by sets of all of them: nothing of the tracker's code. And what
 * the tracker's topics say, brought into the same form.
 */
import { readFileSync } from 'node:fs'
import { EVENT_SCHEMA, eventCodec, POSITION_SCHEMA, positionCodec } from '@k2/contracts/records/sequence.ts'
import { MARKET_TOPICS, SEQUENCE_EVENTS, SEQUENCE_POSITIONS } from '@k2/contracts/topics.ts'
import { FRAME_BYTES } from '@k2/log/framing.ts'
import type { Log } from '@k2/log/log.ts'
import { decodeAvro, type Schema } from './avro.ts'
import { recordsOf } from './log.ts'

const SCHEMA: Schema = JSON.parse(readFileSync(new URL(import.meta.resolve('@k2/contracts/avro/trade.avsc')), 'utf8'))
const HOUR = 3_600_000_000n
const SYDNEY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Australia/Sydney', dateStyle: 'short' })

/** Of a stream, as text: what is missing, and which numbers were repeated, late, or began again. */
export interface Facts {
  /** Each `from-to after..before`. */
  readonly missing: readonly string[]
  readonly duplicate: readonly string[]
  readonly late: readonly string[]
  readonly reset: readonly string[]
  readonly first: string
  readonly last: string
}

interface Scanned {
  times: Map<bigint, bigint>
  min: bigint
  max: bigint
  resetAt: bigint | undefined
  latest: bigint
  readonly duplicate: bigint[]
  readonly late: bigint[]
  readonly reset: bigint[]
}

export const TRADES = MARKET_TOPICS.filter(({ kind }) => kind === 'trades').map(({ name }) => name)

/** By `exchange symbol date`. */
export async function scanned(log: Log): Promise<Map<string, Facts>> {
  const streams = new Map<string, Scanned>()
  for (const range of await log.ranges(TRADES)) {
    for await (const batch of log.readRange(range)) {
      for (const { value } of recordsOf(batch)) {
        const trade = decodeAvro(SCHEMA, value!, FRAME_BYTES) as Record<string, string> & {
          readonly source_sequence: bigint | null
          readonly timestamp: bigint
        }
        const { source_sequence: number, timestamp } = trade
        if (number === null || number < 0n) continue
        const day = trade.exchange === 'ASX' ? SYDNEY.format(Number(timestamp / 1000n)) : ''
        judge(streams, `${trade.exchange} ${trade.symbol} ${day}`, number, timestamp)
      }
    }
  }
  return new Map([...streams].map(([name, one]) => [name, factsOf(one)]))
}

function judge(streams: Map<string, Scanned>, name: string, number: bigint, at: bigint): void {
  const one = streams.get(name)
  if (one === undefined) {
    const begun = { times: new Map([[number, at]]), min: number, max: number, resetAt: undefined, latest: at }
    streams.set(name, { ...begun, duplicate: [], late: [], reset: [] })
    return
  }
  const isMissing = number > one.min && number < one.max && !one.times.has(number)
  if (one.resetAt !== undefined && at < one.resetAt) {
    one.late.push(number)
    return
  }
  if (!name.startsWith('ASX') && number < one.max && !isMissing && at >= one.latest + HOUR) {
    one.reset.push(number)
    one.times = new Map([[number, at]])
    one.min = number
    one.max = number
    one.resetAt = at
    one.latest = at
    return
  }
  if (at > one.latest) one.latest = at
  if (one.times.has(number)) {
    one.duplicate.push(number)
    return
  }
  if (number < one.min) one.late.push(number)
  one.times.set(number, at)
  if (number < one.min) one.min = number
  if (number > one.max) one.max = number
}

const sorted = (numbers: readonly bigint[]): string[] => [...numbers].sort((a, b) => (a < b ? -1 : 1)).map(String)

function factsOf({ times, min, max, duplicate, late, reset }: Scanned): Facts {
  const missing: string[] = []
  let before = min
  for (const number of [...times.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    if (number - before > 1n) missing.push(`${before + 1n}-${number - 1n} ${times.get(before)}..${times.get(number)}`)
    before = number
  }
  const numbers = { duplicate: sorted(duplicate), late: sorted(late), reset: sorted(reset) }
  return { missing, ...numbers, first: String(min), last: String(max) }
}

interface Range {
  readonly from: bigint
  readonly to: bigint
  readonly afterMicros: number
  readonly beforeMicros: number
}
const textOf = ({ from, to, afterMicros, beforeMicros }: Range) => `${from}-${to} ${afterMicros}..${beforeMicros}`

/** What the tracker has said, by its topics: positions and events must say the same, or it is told. */
export async function told(log: Log): Promise<Map<string, Facts>> {
  const facts = new Map<string, Facts & { readonly resets: number }>()
  for (const { value } of await log.latest(SEQUENCE_POSITIONS)) {
    const { exchange, symbol, session, gaps, first, last, resets } = positionCodec.decode(
      value,
      FRAME_BYTES,
      POSITION_SCHEMA,
    )!
    const missing = gaps.flatMap(({ open }) => open.map(textOf))
    const none = { duplicate: [], late: [], reset: [] }
    facts.set(`${exchange} ${symbol} ${session}`, { missing, ...none, first: `${first}`, last: `${last}`, resets })
  }
  const events = (await log.latest(SEQUENCE_EVENTS)).map(
    ({ value }) => eventCodec.decode(value, FRAME_BYTES, EVENT_SCHEMA)!,
  )
  const byStream = Map.groupBy(events, ({ exchange, symbol, session }) => `${exchange} ${symbol} ${session}`)
  for (const [name, of] of byStream) {
    const one = facts.get(name)
    if (one === undefined) throw new Error(`events of ${name}, which has no position`)
    const gaps = of.filter(({ kind, resets }) => kind === 'gap' && resets === one.resets)
    for (const { status, open, fills, from } of gaps) {
      const wanted = open.length === 0 ? 'filled' : fills.length === 0 ? 'open' : 'partly_filled'
      if (status !== wanted) throw new Error(`the gap from ${from} of ${name} is ${status}, not ${wanted}`)
    }
    const open = gaps.flatMap((gap) => gap.open).sort((a, b) => (a.from < b.from ? -1 : 1))
    const missing = open.map(textOf)
    if (missing.join() !== one.missing.join())
      throw new Error(`${name}: events say ${missing.join()}, and its position ${one.missing.join()}`)
    const numbers = (wanted: string) =>
      sorted(
        of
          .filter(({ kind }) => kind === wanted)
          .flatMap(({ from, to }) => Array.from({ length: Number(to - from) + 1 }, (_, i) => from + BigInt(i))),
      )
    const said = { duplicate: numbers('duplicate'), late: numbers('late'), reset: numbers('reset') }
    facts.set(name, { ...one, ...said })
  }
  return new Map([...facts].map(([name, { resets: _, ...rest }]) => [name, rest]))
}
