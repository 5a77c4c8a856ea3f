/**
 * Finds the fields of a JSON object in its bytes: keys and values as places, no object, no text. HOT PATH: every message
 * passes here (`npm run bench -- gateway`). scan.test.ts holds it against JSON.parse.
 *
 *   shape   bytes -> places of the fields of one object, in reused arrays; good until the next message
 *   errors  a message that is no JSON object is a fault, as a sentence
 */
const [QUOTE, BACKSLASH, COLON, COMMA] = [34, 92, 58, 44]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93]
export const FIELDS_MAX = 128

/** What a value is: a text as it stands, a text with escapes, a number or a literal, an object or a list. */
export const TEXT = 1
export const ESCAPED = 2
export const BARE = 3
export const NESTED = 4

/** Of a number or a literal: letters, digits, signs and points. */
const BARE_BYTES = new Uint8Array(256)
for (const byte of Buffer.from('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-+.'))
  BARE_BYTES[byte] = 1

export class FieldScan {
  bytes: Uint8Array = new Uint8Array(0)
  count = 0
  readonly keyStarts = new Int32Array(FIELDS_MAX)
  readonly keyEnds = new Int32Array(FIELDS_MAX)
  /** Of texts what stands between the quotes. */
  readonly starts = new Int32Array(FIELDS_MAX)
  readonly ends = new Int32Array(FIELDS_MAX)
  readonly kinds = new Uint8Array(FIELDS_MAX)
  /** Why it cannot be read; empty where it could. */
  fault = ''
  #at = 0

  /** A whole message: an object; of one that has `data`, as combined streams wrap it, the fields of that. */
  message(bytes: Uint8Array): boolean {
    this.bytes = bytes
    this.fault = ''
    this.#at = 0
    this.count = 0
    if (!this.#object(true)) return false
    this.#blanks()
    return this.#at === bytes.length || this.#wrong('something follows its end')
  }

  /** An object of a list that begins at or behind `at`; answers where it ends, or -1 where the list does (or is no list). */
  element(bytes: Uint8Array, at: number): number {
    this.bytes = bytes
    this.fault = ''
    this.#at = at
    this.#blanks()
    const opening = at === 0 ? OPEN_BRACKET : COMMA
    const byte = bytes[this.#at]
    if (byte === CLOSE_BRACKET && at > 0) return -1
    if (byte !== opening) {
      this.#wrong('it is no list of objects')
      return -1
    }
    this.#at++
    this.#blanks()
    if (bytes[this.#at] === CLOSE_BRACKET && at === 0) return -1
    this.count = 0
    return this.#object(false) ? this.#at : -1
  }

  #object(mayWrap: boolean): boolean {
    const { bytes } = this
    this.#blanks()
    if (bytes[this.#at] !== OPEN_BRACE) return this.#wrong('it is no JSON object')
    this.#at++
    this.#blanks()
    if (bytes[this.#at] === CLOSE_BRACE) {
      this.#at++
      return true
    }
    let isWrapped = false
    for (;;) {
      if (this.count === FIELDS_MAX) return this.#wrong(`it has more than ${FIELDS_MAX} fields`)
      const field = this.count
      if (!this.#key(field)) return false
      if (mayWrap && this.#isData(field) && bytes[this.#at] === OPEN_BRACE) {
        isWrapped = true
        this.count = 0
        if (!this.#object(false)) return false
      } else {
        if (!this.#value(field)) return false
        // What stands beside the data names its stream, and the data do so themselves.
        if (!isWrapped) this.count++
      }
      this.#blanks()
      const byte = bytes[this.#at++]
      if (byte === CLOSE_BRACE) return true
      if (byte !== COMMA) return this.#wrong('it is cut, or no JSON')
      this.#blanks()
    }
  }

  #isData(field: number): boolean {
    const at = this.keyStarts[field]!
    const { bytes } = this
    return (
      this.keyEnds[field]! - at === 4 &&
      bytes[at] === 100 &&
      bytes[at + 1] === 97 &&
      bytes[at + 2] === 116 &&
      bytes[at + 3] === 97
    )
  }

  #key(field: number): boolean {
    const { bytes } = this
    if (bytes[this.#at] !== QUOTE) return this.#wrong('a key is no text')
    const start = this.#at + 1
    let at = start
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) {
      if (byte === undefined || byte === BACKSLASH) return this.#wrong('a key cannot be read')
    }
    this.keyStarts[field] = start
    this.keyEnds[field] = at
    this.#at = at + 1
    this.#blanks()
    if (bytes[this.#at++] !== COLON) return this.#wrong('a key has no value')
    this.#blanks()
    return true
  }

  #value(field: number): boolean {
    const { bytes } = this
    const first = bytes[this.#at]
    if (first === QUOTE) {
      const start = ++this.#at
      const hasEscapes = this.#text()
      if (hasEscapes === undefined) return this.#wrong('a text has no end')
      return this.#set(field, start, this.#at - 1, hasEscapes ? ESCAPED : TEXT)
    }
    const start = this.#at
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      return this.#nested() ? this.#set(field, start, this.#at, NESTED) : this.#wrong('a value has no end')
    }
    let at = start
    while (at < bytes.length && BARE_BYTES[bytes[at]!] === 1) at++
    this.#at = at
    return at > start ? this.#set(field, start, this.#at, BARE) : this.#wrong('a value is missing')
  }

  #set(field: number, start: number, end: number, kind: number): true {
    this.starts[field] = start
    this.ends[field] = end
    this.kinds[field] = kind
    return true
  }

  /** From behind its opening quote to behind its closing one: whether it has escapes; undefined where it has no end. */
  #text(): boolean | undefined {
    const { bytes } = this
    let hasEscapes = false
    for (let at = this.#at; at < bytes.length; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.#at = at + 1
        return hasEscapes
      }
      if (byte === BACKSLASH) {
        hasEscapes = true
        at++
      }
    }
    return undefined
  }

  #nested(): boolean {
    const { bytes } = this
    for (let depth = 0; this.#at < bytes.length; ) {
      const byte = bytes[this.#at++]
      if (byte === QUOTE && this.#text() === undefined) return false
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
      if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return true
    }
    return false
  }

  #blanks(): void {
    const { bytes } = this
    let at = this.#at
    for (
      let byte = bytes[at]!;
      byte <= 32 && (byte === 32 || byte === 10 || byte === 13 || byte === 9);
      byte = bytes[at]!
    )
      at++
    this.#at = at
  }

  #wrong(why: string): false {
    this.fault = why
    return false
  }
}
