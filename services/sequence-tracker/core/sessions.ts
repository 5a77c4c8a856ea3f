/** Venues' rules of numbering, as packages/market/instrument.ts has them: which session a record's number belongs to. */
import { formatDay, type Micros } from '@k2/market/instant.ts'
import { venue } from '@k2/market/instrument.ts'
import { dayBounds, localDay } from '@k2/market/zone.ts'

export interface Session {
  /** Empty where numbers never begin again. */
  readonly name: string
  readonly fromMicros: Micros
  readonly toMicros: Micros
}

const ENDLESS: Session = {
  name: '',
  fromMicros: Number.NEGATIVE_INFINITY,
  toMicros: Number.POSITIVE_INFINITY,
}

/** A venue that is not known counts without end. */
export function sessionAt(exchange: string, micros: Micros): Session {
  const of = venue(exchange)
  if (of?.numbersRestart !== 'daily') return ENDLESS
  const day = localDay(of.zone, micros)
  const { from, to } = dayBounds(of.zone, day)
  return { name: formatDay(day), fromMicros: from, toMicros: to }
}
