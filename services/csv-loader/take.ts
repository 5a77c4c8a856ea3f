/**
 * A file's lines, one batch after the other: read into columns where they can be, numbered, and sent, skipped or
 * rejected, in the order of the file.
 */
import { contentHash, identity } from '@k2/market/identity.ts'
import { dayBounds } from '@k2/market/zone.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { FileToLoad, HeldRows, Settings } from './compose.ts'
import type { RowFault, TimedRow } from './core/asx.ts'
import type { RowColumns } from './core/columns.ts'
import type { Reader, RowKind } from './core/kinds.ts'
import { type Line, type LineBatch, lineAt } from './core/lines.ts'
import { HELD, type Held, type Numbering, numbering, TOO_MANY } from './core/number.ts'
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

/** Where a batch is being taken. */
interface Taken {
  readonly lines: LineBatch
  /** undefined: no row of this kind is read into columns. */
  readonly columns: RowColumns | undefined
}

/** Takes a batch of lines; `waited` is called with a line's number whenever it had to wait, for lines are many. */
export function batchTaker({ run, kind, reader, held, file, settings, clock }: Taking) {
  const { venue, rate } = settings
  const scan = kind.columns?.scan(venue.zone)
  const bySymbol = new Map<string, Numbering>()
  // Rows of many symbols share what is held of their day: it is asked once, and not for each.
  const shared = new Map<number, Held>()
  // All rows of most files are of one symbol.
  const ofFile = kind.symbolOf === null ? numbersOf(file.symbol) : undefined

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

  const openDay = async (numbers: Numbering, day: number): Promise<boolean> => numbers.open(day, await heldOn(day))

  function takeRead({ lines }: Taken, columns: RowColumns, i: number): Promise<void> | undefined {
    const numbers = ofFile!
    const day = columns.tradingDay[i]!
    const put = (): Promise<void> | undefined => {
      const sequence = numbers.number(day, columns.timestampMicros[i]!, columns.contentHash[i]!)
      if (sequence === HELD) return run.skip()
      if (sequence === TOO_MANY) return run.reject(lineAt(lines, i), TOO_MANY_ALIKE)
      return run.sendRead(columns, i, lines.bytes, numbers.id, sequence)
    }
    if (numbers.isOpen(day)) return put()
    return openDay(numbers, day).then((isOpen) => (isOpen ? put() : run.reject(lineAt(lines, i), OUT_OF_ORDER)))
  }

  function takeLine(line: Line): Promise<void> | undefined {
    if (line.fault !== null) return run.reject(line, { code: 'line', reason: line.fault })
    if (line.text.trim() === '') return undefined
    const row = reader.parse(line.text)
    if (row === null) return undefined
    if ('reason' in row) return run.reject(line, row)
    const symbol = kind.symbolOf?.(row) ?? file.symbol
    const numbers = numbersOf(symbol)
    const put = (): Promise<void> | undefined => {
      const sequence = numbers.number(row.tradingDay, row.timestampMicros, contentHash(kind.content(row)))
      if (sequence === HELD) return run.skip()
      if (sequence === TOO_MANY) return run.reject(line, TOO_MANY_ALIKE)
      return run.send(row, symbol, numbers.id, sequence)
    }
    if (numbers.isOpen(row.tradingDay)) return put()
    return openDay(numbers, row.tradingDay).then((isOpen) => (isOpen ? put() : run.reject(line, OUT_OF_ORDER)))
  }

  /** A promise only where it waits. */
  function take(taken: Taken, i: number): Promise<void> | undefined {
    const { columns } = taken
    return columns?.isRead[i] === 1 ? takeRead(taken, columns, i) : takeLine(lineAt(taken.lines, i))
  }

  async function takeThenRest(taken: Taken, i: number): Promise<void> {
    const before = run.counts.sent + run.counts.rejected
    await take(taken, i)
    if (run.counts.sent + run.counts.rejected > before) await run.keepRate(rate!.take(clock.nowMs()))
  }

  return async (lines: LineBatch, signal: AbortSignal, waited: (line: number) => void): Promise<void> => {
    const taken: Taken = { lines, columns: scan?.(lines) }
    signal.throwIfAborted()
    for (let i = 0; i < lines.count; i++) {
      const wait = rate ? takeThenRest(taken, i) : take(taken, i)
      if (!wait) continue
      await wait
      signal.throwIfAborted()
      waited(lines.firstNumber + i)
    }
  }
}
