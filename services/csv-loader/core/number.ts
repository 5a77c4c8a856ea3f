/**
 * Gives the rows of one symbol's file their ids and numbers. Rows that say exactly the same are distinct trades, told
 * apart by their ordinal; a row that is held already (loaded before, under whatever name, whole or in part) keeps the
 * number it got then, and a new one takes the next of its trading day.
 *
 *   shape   state is made for one file and moved forward row by row; `open` must be told what is held of a day first
 *   errors  none: a row that cannot be told from 16,384 others is a value, TOO_MANY
 *
 * One case cannot be decided: a file that begins or ends inside a run of identical rows, loaded beside the other part.
 * The second part's rows count from the run's start again and are taken for the first part's.
 */
import { type Identity, ORDINAL_MAX, type Words } from '@k2/market/identity.ts'
import type { Micros } from '@k2/market/instant.ts'
import { Ids } from './ids.ts'

/** Days open at once: a file that comes back to a day after so many others is out of order. */
export const DAYS_OPEN_MAX = 32

/** In the place of a number: lake or log hold the row, or the file had it before where repeats are one. */
export const HELD = 0
/** There are 16,384 rows before it that say exactly the same, and an id tells no more apart. */
export const TOO_MANY = -1

/** What is in the log or the lake of a symbol's trading day: numbers by message_id, 0 where a record has none. */
export type Held = Pick<Ids, 'size' | 'has' | 'largest'>

interface Day {
  readonly held: Held
  /** How often a content has come, by the id of its first. */
  readonly seen: Ids
  last: number
}

export interface Numbering {
  /** The id of the row that was numbered last. */
  readonly id: Words
  /** A day must be opened before its first row. */
  isOpen(tradingDay: number): boolean
  /** False where the day was open once and has been closed: the file is out of order. */
  open(tradingDay: number, held: Held): boolean
  /** Its number within the trading day, from 1; or HELD, or TOO_MANY. */
  number(tradingDay: number, timestampMicros: Micros, contentHash: number): number
}

/** `repeats` says what rows are that say exactly the same: distinct records, or one. */
export function numbering(identity: Identity, repeats: 'distinct' | 'one' = 'distinct'): Numbering {
  const days = new Map<number, Day>()
  const closed = new Set<number>()
  const id: Words = new Uint32Array(4)
  return {
    id,
    isOpen: (tradingDay) => days.has(tradingDay),
    open(tradingDay, held) {
      if (closed.has(tradingDay)) return false
      days.set(tradingDay, { held, seen: new Ids(), last: held.largest() })
      if (days.size > DAYS_OPEN_MAX) {
        const [oldest] = days.keys()
        days.delete(oldest!)
        closed.add(oldest!)
      }
      return true
    },
    number(tradingDay, timestampMicros, contentHash) {
      const day = days.get(tradingDay)
      if (!day) throw new Error(`trading day ${tradingDay} is not open`)
      const timeMs = Math.floor(timestampMicros / 1000)
      identity.words(timeMs, contentHash, 0, id)
      const before = day.seen.get(id)
      if (repeats === 'distinct' && before > ORDINAL_MAX) return TOO_MANY
      day.seen.set(id, before + 1)
      const ordinal = repeats === 'distinct' ? before : 0
      if (ordinal > 0) identity.words(timeMs, contentHash, ordinal, id)
      if (before > ordinal || (day.held.size > 0 && day.held.has(id))) return HELD
      return ++day.last
    },
  }
}
