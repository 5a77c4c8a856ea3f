/**
 * HOT PATH (`npm run bench -- sink`, "decode"). Columns of text, lists and maps: equal values are found by their bytes,
 * so a text, a list or a map's JSON is made once for all rows that have it. Where most differ, looking them up stops,
 * and what is then kept is only a copy of their bytes.
 *
 *   shape   bytes under a cursor -> a code a row -> DictionaryColumn, TextColumn or ListColumn
 *   limits  DIFFERENT_MAX values are looked up, PROBES_MAX places for each: hashes that were made to meet cost no more
 *
 * A value's code is noted for a row before anyone knows whether the record lands; one that does not leaves a value
 * that no row has.
 */
import type { DictionaryColumn, ListColumn, Slices, TextColumn } from '../columns.ts'
import { AsciiTexts } from './ascii-texts.ts'
import { Cursor, NO_SYMBOL } from './cursor.ts'
import { hashOf } from './hash.ts'

/** Up to so many it may be a slow start; from there on more than a value for two rows is text that differs. */
const DIFFERENT_MIN = 1024
const DIFFERENT_MAX = 65_536
const PROBES_MAX = 32
const NULL = -1

export class Spans {
  codes = new Int32Array(0)
  /** The values' bytes, one behind the other. */
  private bytes = Buffer.allocUnsafeSlow(1024)
  private ends = new Int32Array(64)
  /** All bytes, or-ed: ASCII where it is below 128. */
  private bits = 0
  private count = 0
  /** By hash, open addressing: code + 1. */
  private slots = new Int32Array(256)
  private hashes = new Int32Array(64)
  private isLookedUp = true
  private recent = NULL
  private hasNull = false
  private symbolsOf: readonly Buffer[] | undefined
  private symbolCodes = new Int32Array(0)

  reserve(rows: number): void {
    this.codes = longer(this.codes, rows)
  }

  none(row: number): void {
    this.hasNull = true
    this.codes[row] = NULL
  }

  text(cursor: Cursor, row: number): void {
    const length = cursor.length()
    this.put(cursor.bytes, cursor.at, cursor.at + length, row)
    cursor.at += length
  }

  list(cursor: Cursor, row: number): void {
    if (this.repeats(cursor, row)) return
    const from = cursor.at
    cursor.strings(1)
    if (cursor.fault === undefined) this.put(cursor.bytes, from, cursor.at, row)
  }

  map(cursor: Cursor, row: number): void {
    if (this.repeats(cursor, row)) return
    const from = cursor.at
    cursor.strings(2)
    if (cursor.fault === undefined) this.put(cursor.bytes, from, cursor.at, row)
  }

  /** Where the bytes of the last value stand again, it is that value: an encoding is never the beginning of another. */
  private repeats(cursor: Cursor, row: number): boolean {
    const { recent } = this
    if (recent < 0 || !this.isLookedUp) return false
    const end = cursor.at + this.ends[recent]! - this.startOf(recent)
    if (end > cursor.end || !this.isSame(recent, cursor.bytes, cursor.at, end)) return false
    this.codes[row] = recent
    cursor.at = end
    return true
  }

  /** An enum's index; `symbols` are the same array for the same writer. */
  symbol(cursor: Cursor, row: number, symbols: readonly Buffer[]): void {
    const index = cursor.index(symbols.length, NO_SYMBOL)
    if (index < 0) return
    if (this.symbolsOf !== symbols) {
      this.symbolsOf = symbols
      this.symbolCodes = new Int32Array(symbols.length).fill(NULL)
    }
    const known = this.symbolCodes[index]!
    if (known >= 0) this.codes[row] = known
    else {
      this.put(symbols[index]!, 0, symbols[index]!.length, row)
      this.symbolCodes[index] = this.codes[row]!
    }
  }

  put(bytes: Uint8Array, from: number, to: number, row: number): void {
    if (!this.isLookedUp) {
      this.codes[row] = this.add(bytes, from, to)
      return
    }
    if (this.recent >= 0 && this.isSame(this.recent, bytes, from, to)) {
      this.codes[row] = this.recent
      return
    }
    if (this.count > DIFFERENT_MAX || (this.count > DIFFERENT_MIN && this.count * 2 > row)) {
      this.isLookedUp = false
    }
    const code = this.isLookedUp ? this.find(bytes, from, to) : this.add(bytes, from, to)
    this.codes[row] = code
    this.recent = code
  }

  isEmptyAt(row: number): boolean {
    const code = this.codes[row]!
    return this.startOf(code) === this.ends[code]!
  }

  private startOf(code: number): number {
    return code === 0 ? 0 : this.ends[code - 1]!
  }

  private isSame(code: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.startOf(code)
    const length = to - from
    if (this.ends[code]! - start !== length) return false
    const own = this.bytes
    for (let i = 0; i < length; i++) if (own[start + i] !== bytes[from + i]) return false
    return true
  }

  private find(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(bytes, from, to)
    const mask = this.slots.length - 1
    let slot = hash & mask
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      const code = this.slots[slot]! - 1
      if (code < 0) {
        const added = this.add(bytes, from, to)
        if (added >= this.hashes.length) this.hashes = longer(this.hashes, added + 1)
        this.hashes[added] = hash
        this.slots[slot] = added + 1
        if (this.count * 2 > this.slots.length) this.rehash()
        return added
      }
      if (this.hashes[code] === hash && this.isSame(code, bytes, from, to)) return code
      slot = (slot + 1) & mask
    }
    this.isLookedUp = false
    return this.add(bytes, from, to)
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 4)
    const mask = slots.length - 1
    for (let code = 0; code < this.count; code++) {
      let slot = this.hashes[code]! & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = code + 1
    }
    this.slots = slots
  }

  private add(bytes: Uint8Array, from: number, to: number): number {
    const code = this.count++
    const start = this.startOf(code)
    const end = start + to - from
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(end, this.bytes.length * 2))
      grown.set(this.bytes.subarray(0, start))
      this.bytes = grown
    }
    // A loop: a call costs more than the few bytes of most values.
    const own = this.bytes
    let bits = 0
    for (let i = from, at = start; i < to; i++, at++) {
      const byte = bytes[i]!
      bits |= byte
      own[at] = byte
    }
    this.bits |= bits
    if (code >= this.ends.length) this.ends = longer(this.ends, code + 1)
    this.ends[code] = end
    return code
  }

  private readonly texts: string[] = []

  /** The text that the row has. */
  textAt(row: number): string {
    const code = this.codes[row]!
    let text = this.texts[code]
    if (text === undefined) {
      text = this.bytes.toString('utf8', this.startOf(code), this.ends[code]!)
      this.texts[code] = text
    }
    return text
  }

  /** Of all values, as text. */
  private allTexts(): string[] {
    const end = this.startOf(this.count)
    const all = this.bytes.subarray(0, end)
    // In ASCII a place in the text is one in its bytes: one call for all of them.
    const isAscii = this.bits < 128
    const whole = isAscii ? all.toString('latin1') : ''
    const texts: string[] = new Array(this.count)
    for (let code = 0, from = 0; code < this.count; code++) {
      const to = this.ends[code]!
      texts[code] = isAscii ? whole.slice(from, to) : all.toString('utf8', from, to)
      from = to
    }
    return texts
  }

  finishTexts(rows: number): TextColumn | DictionaryColumn {
    // Bytes that are no UTF-8 must become text first, and ASCII is all UTF-8.
    if (this.mostlyDiffer(rows) && this.bits < 128) return new AsciiTexts(this.slices(rows))
    return this.columnOf(this.allTexts(), rows)
  }

  private mostlyDiffer(rows: number): boolean {
    return (this.count + Number(this.hasNull)) * 2 > rows
  }

  private slices(rows: number): Slices {
    const starts = new Int32Array(rows)
    const ends = new Int32Array(rows)
    for (let row = 0; row < rows; row++) {
      const code = this.codes[row]!
      starts[row] = code === NULL ? 0 : this.startOf(code)
      ends[row] = code === NULL ? -1 : this.ends[code]!
    }
    return { bytes: this.bytes, starts, ends }
  }

  /** Maps of strings, as JSON text. */
  finishMaps(rows: number): TextColumn | DictionaryColumn {
    const maps = this.parsed(2).map((strings) => {
      const map: Record<string, string> = {}
      for (let i = 0; i < strings.length; i += 2) map[strings[i]!] = strings[i + 1]!
      return vendorText(map)
    })
    return this.columnOf(maps, rows)
  }

  finishLists(rows: number): ListColumn {
    return { kind: 'list', codes: this.codes.subarray(0, rows), dictionary: this.parsed(1) }
  }

  private parsed(strings: number): string[][] {
    const cursor = new Cursor()
    return Array.from({ length: this.count }, (_, code) => {
      cursor.set(this.bytes, this.startOf(code), this.ends[code]!)
      const found: string[] = []
      for (let items = cursor.block(); items > 0; items = cursor.block()) {
        for (let left = items * strings; left > 0; left--) {
          const length = cursor.length()
          found.push(this.bytes.toString('utf8', cursor.at, cursor.at + length))
          cursor.at += length
        }
      }
      return found
    })
  }

  private columnOf(values: (string | null)[], rows: number): TextColumn | DictionaryColumn {
    const codes = this.codes.subarray(0, rows)
    if (this.mostlyDiffer(rows)) {
      const texts: (string | null)[] = new Array(rows)
      for (let row = 0; row < rows; row++) texts[row] = codes[row] === NULL ? null : values[codes[row]!]!
      return { kind: 'text', values: texts }
    }
    if (!this.hasNull) return { kind: 'dictionary', codes, dictionary: values }
    const nullCode = values.push(null) - 1
    return { kind: 'dictionary', codes: codes.map((code) => (code === NULL ? nullCode : code)), dictionary: values }
  }
}

/** Names in order, so that equal data is equal text. */
export function vendorText(data: unknown): string | null {
  if (data === null || data === undefined) return null
  const names = Object.keys(data).sort()
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, (data as Record<string, string>)[name]])))
}

/** The array, or a longer one that begins with it. */
export function longer<A extends Int32Array | Uint8Array>(array: A, length: number): A {
  if (length <= array.length) return array
  const grown = new (array.constructor as new (length: number) => A)(Math.max(length, array.length * 2))
  grown.set(array)
  return grown
}
