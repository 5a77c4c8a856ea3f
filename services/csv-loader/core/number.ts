/**
 * Gives the rows of one symbol's file their ids and numbers. Rows that say exactly the same are distinct trades, told
 * apart by their ordinal; a row that is held already (loaded before, under whatever name, whole or in part) keeps the
 * number it got then, and a new one takes the next of its trading day.
 *
 *   shape   state is made for one file and moved forward row by row; `open` must be told what is held of a day first
 *   errors  none: a row that cannot be told from 16,384 others is a value, undefined
 *
 * One case cannot be decided: a file that begins or ends inside a run of identical rows, loaded beside the other part.
 * The second part's rows count from the run's start again and are taken for the first part's.
 */
import { contentHash, type Identity, ORDINAL_MAX } from '@k2/market/identity.ts'
import type { Micros } from '@k2/market/instant.ts'

/** Days open at once: a file that comes back to a day after so many others is out of order. */
export const DAYS_OPEN_MAX = 32

export interface Numbered {
  readonly messageId: string
  /** Its number within the trading day, from 1; null: held already, or one with a row before it. */
  readonly sequence: bigint | null
}

/** What is in the log or the lake of a symbol's trading day: numbers by message_id. */
export type Held = ReadonlyMap<string, bigint | null>

interface Day {
  readonly held: Held
  readonly ordinals: Map<string, number>
  last: bigint
}

export interface Numbering {
  /** A day must be opened before its first row. */
  isOpen(tradingDay: number): boolean
  /** False where the day was open once and has been closed: the file is out of order. */
  open(tradingDay: number, held: Held): boolean
  /** undefined: there are 16,384 rows before it that say exactly the same, and an id tells no more apart. */
  number(tradingDay: number, timestampMicros: Micros, content: string): Numbered | undefined
}

/** `repeats` says what rows are that say exactly the same: distinct records, or one. */
export function numbering(identity: Identity, repeats: 'distinct' | 'one' = 'distinct'): Numbering {
  const days = new Map<number, Day>()
  const closed = new Set<number>()
  return {
    isOpen: (tradingDay) => days.has(tradingDay),
    open(tradingDay, held) {
      if (closed.has(tradingDay)) return false
      let last = 0n
      for (const number of held.values()) if (number !== null && number > last) last = number
      days.set(tradingDay, { held, ordinals: new Map(), last })
      if (days.size > DAYS_OPEN_MAX) {
        const [oldest] = days.keys()
        days.delete(oldest!)
        closed.add(oldest!)
      }
      return true
    },
    number(tradingDay, timestampMicros, content) {
      const day = days.get(tradingDay)
      if (!day) throw new Error(`trading day ${tradingDay} is not open`)
      const timeMs = Math.floor(timestampMicros / 1000)
      const hash = contentHash(content)
      const key = `${timeMs}/${hash}`
      const before = day.ordinals.get(key) ?? 0
      if (repeats === 'distinct' && before > ORDINAL_MAX) return undefined
      day.ordinals.set(key, before + 1)
      const ordinal = repeats === 'distinct' ? before : 0
      const messageId = identity.unnumbered(timeMs, hash, ordinal)
      if (before > ordinal || day.held.has(messageId)) return { messageId, sequence: null }
      day.last += 1n
      return { messageId, sequence: day.last }
    },
  }
}
