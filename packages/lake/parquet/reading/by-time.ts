/**
 * HOT PATH (`npm run bench -- replay`). Puts places in order of time; what is at one time stays as it was.
 *
 *   shape   (places, microseconds by place) -> places; takes the array that it is given
 */
import { giveBack } from '../../duckdb/memory.ts'

/** Up to so many rows are put in order one by one. */
const FEW = 24

/**
 * By counting into as many slots as there are rows, each of as much time, and then in each slot. A merge of hundreds of runs costs ten times as much.
 */
export function byTime(places: Int32Array, micros: Float64Array): Int32Array {
  const [least, most] = extent(places, micros)
  if (!(least < most)) return places
  const count = places.length
  const times = count / (most - least)
  const slots = new Int32Array(count)
  const ends = new Int32Array(count + 2)
  for (let i = 0; i < count; i++) {
    const slot = (micros[places[i]!]! - least) * times
    slots[i] = slot
    ends[slots[i]! + 1]!++
  }
  for (let slot = 0; slot <= count; slot++) ends[slot + 1]! += ends[slot]!
  const to = new Int32Array(count)
  for (let i = 0; i < count; i++) to[ends[slots[i]!]!++] = places[i]!
  for (let slot = 0, from = 0; slot <= count; from = ends[slot++]!) {
    const rows = ends[slot]! - from
    if (rows > FEW) to.set(byDigits(to.slice(from, from + rows), micros), from)
    else if (rows > 1) oneByOne(to, from, from + rows, micros)
  }
  for (const array of [places, slots, ends]) giveBack(array)
  return to
}

function extent(places: Int32Array, micros: Float64Array): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < places.length; i++) {
    const time = micros[places[i]!]!
    if (time < least) least = time
    if (time > most) most = time
  }
  return [least, most]
}

function oneByOne(places: Int32Array, from: number, to: number, micros: Float64Array): void {
  for (let i = from + 1; i < to; i++) {
    const place = places[i]!
    const time = micros[place]!
    let at = i
    for (; at > from && micros[places[at - 1]!]! > time; at--) places[at] = places[at - 1]!
    places[at] = place
  }
}

const DIGIT = 2 ** 11
const LOWEST = DIGIT - 1

/** Digit by digit, where many of them fall into little time. */
function byDigits(places: Int32Array, micros: Float64Array): Int32Array {
  const [least, most] = extent(places, micros)
  let from = places
  let to: Int32Array = new Int32Array(places.length)
  for (let unit = 1; unit <= most - least; unit *= DIGIT) {
    const next = new Int32Array(DIGIT + 1)
    // A power of two, so that multiplying is exact, and the lower bits of a double are those of its whole number.
    const times = 1 / unit
    for (let i = 0; i < from.length; i++) next[(((micros[from[i]!]! - least) * times) & LOWEST) + 1]!++
    for (let digit = 0; digit < DIGIT; digit++) next[digit + 1]! += next[digit]!
    for (let i = 0; i < from.length; i++) {
      const place = from[i]!
      to[next[((micros[place]! - least) * times) & LOWEST]!++] = place
    }
    ;[from, to] = [to, from]
  }
  return from
}
