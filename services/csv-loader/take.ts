/** A file's lines, one after the other: parsed, numbered, and sent, skipped or rejected. */
import { identity } from '@k2/market/identity.ts'
import { dayBounds } from '@k2/market/zone.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Line } from './adapters/source.ts'
import type { FileToLoad, HeldRows, Settings } from './compose.ts'
import type { RowFault, TimedRow } from './core/asx.ts'
import type { Reader, RowKind } from './core/kinds.ts'
import { type Held, type Numbering, numbering } from './core/number.ts'
import type { FileRun } from './filerun.ts'

const OUT_OF_ORDER: RowFault = {
  code: 'order',
  reason: 'its trading day was closed: the file goes back over more than 32 days. Sort it by date',
}

const TOO_MANY_ALIKE: RowFault = {
  code: 'value',
  reason: 'it is the 16,385th of its day that says exactly the same, and an id tells no more apart',
}

interface Taking {
  readonly run: FileRun
  readonly kind: RowKind
  readonly reader: Reader<TimedRow>
  readonly held: Awaited<ReturnType<HeldRows['of']>>
  readonly file: FileToLoad
  readonly settings: Settings
  readonly clock: Clock
}

/** Takes one line; a promise only where it waits, for lines are many. */
export function rowTaker({ run, kind, reader, held, file, settings, clock }: Taking) {
  const { venue, rate } = settings
  const bySymbol = new Map<string, Numbering>()
  // Rows of many symbols share what is held of their day: it is asked once, and not for each.
  const shared = new Map<number, Held>()

  function numbersOf(symbol: string): Numbering {
    let numbers = bySymbol.get(symbol)
    if (!numbers) {
      numbers = numbering(identity(venue.exchange, kind.type, symbol), kind.repeats)
      bySymbol.set(symbol, numbers)
    }
    return numbers
  }

  async function heldOn(day: number): Promise<Held> {
    const { from, to } = dayBounds(venue.zone, day)
    if (kind.symbolOf === null) return held.day(from, to)
    const found = shared.get(day) ?? (await held.day(from, to))
    shared.set(day, found)
    return found
  }

  function put(line: Line, row: TimedRow, symbol: string, numbers: Numbering): Promise<void> | void {
    const numbered = numbers.number(row.tradingDay, row.timestampMicros, kind.content(row))
    if (!numbered) return run.reject(line, TOO_MANY_ALIKE)
    const { messageId, sequence } = numbered
    return sequence === null ? run.skip() : run.send(row, symbol, messageId, sequence)
  }

  async function openThenPut(line: Line, row: TimedRow, symbol: string, numbers: Numbering): Promise<void> {
    const isOpen = numbers.open(row.tradingDay, await heldOn(row.tradingDay))
    return isOpen ? put(line, row, symbol, numbers) : run.reject(line, OUT_OF_ORDER)
  }

  function take(line: Line): Promise<void> | void {
    if (line.fault !== null) return run.reject(line, { code: 'line', reason: line.fault })
    if (line.text === '') return
    const row = reader.parse(line.text)
    if (row === null) return
    if ('reason' in row) return run.reject(line, row)
    const symbol = kind.symbolOf?.(row) ?? file.symbol
    const numbers = numbersOf(symbol)
    return numbers.isOpen(row.tradingDay) ? put(line, row, symbol, numbers) : openThenPut(line, row, symbol, numbers)
  }

  if (!rate) return take
  return async (line: Line) => {
    const before = run.counts.sent + run.counts.rejected
    await take(line)
    if (run.counts.sent + run.counts.rejected > before) await run.keepRate(rate.take(clock.nowMs()))
  }
}
