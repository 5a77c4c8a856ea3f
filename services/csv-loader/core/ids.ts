/**
 * Numbers by UUID. HOT PATH: open addressing in typed arrays, 24 bytes a place and no object an entry, since a file may
 * hold millions of rows and what is held of them is asked row by row.
 *
 *   shape   four words -> a number of 0 or more; an entry is never removed
 */
import type { Words } from '@k2/market/identity.ts'

const FIRST_CAPACITY = 1_024

export class Ids {
  #words = new Uint32Array(FIRST_CAPACITY * 4)
  /** NaN: the place is free. */
  #values = new Float64Array(FIRST_CAPACITY).fill(Number.NaN)
  #mask = FIRST_CAPACITY - 1
  #size = 0

  get size(): number {
    return this.#size
  }

  has(id: Words): boolean {
    return !Number.isNaN(this.#values[this.#place(id)]!)
  }

  /** 0 where it is not there. */
  get(id: Words): number {
    const value = this.#values[this.#place(id)]!
    return Number.isNaN(value) ? 0 : value
  }

  set(id: Words, value: number): void {
    const place = this.#place(id)
    const isNew = Number.isNaN(this.#values[place]!)
    this.#values[place] = value
    if (!isNew) return
    this.#put(id, 0, place)
    if (++this.#size * 2 > this.#mask) this.#grow()
  }

  /** The largest value; 0 where there is none. */
  largest(): number {
    let largest = 0
    for (const value of this.#values) if (value > largest) largest = value
    return largest
  }

  #place(id: Words): number {
    const words = this.#words
    let place = hashOf(id, 0) & this.#mask
    while (!Number.isNaN(this.#values[place]!)) {
      const at = place * 4
      if (words[at + 3] === id[3] && words[at + 2] === id[2] && words[at + 1] === id[1] && words[at] === id[0]) break
      place = (place + 1) & this.#mask
    }
    return place
  }

  #put(from: Words, at: number, place: number): void {
    for (let i = 0; i < 4; i++) this.#words[place * 4 + i] = from[at + i]!
  }

  #grow(): void {
    const [words, values] = [this.#words, this.#values]
    const capacity = values.length * 2
    this.#words = new Uint32Array(capacity * 4)
    this.#values = new Float64Array(capacity).fill(Number.NaN)
    this.#mask = capacity - 1
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i]!)) continue
      let place = hashOf(words, i * 4) & this.#mask
      while (!Number.isNaN(this.#values[place]!)) place = (place + 1) & this.#mask
      this.#put(words, i * 4, place)
      this.#values[place] = values[i]!
    }
  }
}

/** Mixed well: the words of a day's rows differ in few bits. */
function hashOf(words: Words, at: number): number {
  let hash = words[at]! ^ Math.imul(words[at + 1]!, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15) ^ words[at + 2]!, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13) ^ words[at + 3]!, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
