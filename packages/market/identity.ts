/**
 * message_id: a deterministic UUID, version 8, so that a record that is sent again keeps its id.
 *
 *   shape   pure; the same record gives the same id on every machine
 *   units   time: ms since the epoch
 *   errors  RangeError for numbers that no layout holds: a bug of ours
 *   source  RFC 9562 section 5.8: 122 bits are free, around the version (4 bits) and the variant (2 bits)
 *
 * Records with a number of the source's own (Binance):
 *
 *   60 bits  front of SHA-256(exchange LF type LF symbol)
 *   62 bits  the source's number
 *
 * Rows of files without numbers:
 *
 *   32 bits  front of the same SHA-256
 *   42 bits  event time, ms since the epoch (until 2109)
 *   34 bits  MurmurHash3 (two seeds) of the row's content, event time in µs included
 *   14 bits  ordinal among the rows before it that have the same three, from 0
 *
 * The ordinal counts what shares time *and hash*, so two rows whose hashes collide still differ. In sorted order the
 * front hardly changes: a sorted column of ids compresses to the few bytes that do.
 */
import { createHash } from 'node:crypto'
import { murmur3 } from './murmur3.ts'

/** trade and aggTrade count apart, so they are different types. */
export type RecordType = 'trade' | 'aggTrade' | 'quote' | 'reference'

export interface Identity {
  /** Id of a record that carries the source's own number. */
  numbered(number: bigint): string
  /** The same as its four words, for hot paths; exact below 2^53. */
  numberedWords(number: number, target: Words): void
  /** Id of a file's row. */
  unnumbered(timeMs: number, contentHash: number, ordinal: number): string
  /** The same as its four words, for hot paths. */
  words(timeMs: number, contentHash: number, ordinal: number, target: Words): void
}

/** A UUID as four unsigned 32-bit numbers, the front first. */
export type Words = Uint32Array

const NUMBER_MAX = (1n << 62n) - 1n
const TIME_MAX = 2 ** 42 - 1
export const ORDINAL_MAX = 2 ** 14 - 1

/** Ids of one symbol's records of one type. */
export function identity(exchange: string, type: RecordType, symbol: string): Identity {
  const digest = createHash('sha256').update(`${exchange}\n${type}\n${symbol}`).digest().readBigUInt64BE(0)
  const front60 = (digest >> 4n) << 62n
  const front32 = Number(digest >> 32n)
  const front28 = Number((digest >> 16n) & 0xffffn) * 2 ** 16 + 0x8000 + Number((digest >> 4n) & 0xfffn)

  function words(timeMs: number, hash: number, ordinal: number, target: Words): void {
    if (timeMs < 0 || timeMs > TIME_MAX) throw new RangeError(`time ${timeMs} ms does not fit 42 bits`)
    if (ordinal > ORDINAL_MAX) throw new RangeError(`ordinal ${ordinal} does not fit 14 bits`)
    target[0] = front32
    target[1] = (Math.floor(timeMs / 2 ** 26) << 16) | 0x8000 | (Math.floor(timeMs / 2 ** 14) & 0xfff)
    target[2] = 0x8000_0000 | ((timeMs & 0x3fff) << 16) | Math.floor(hash / 2 ** 18)
    target[3] = ((hash & 0x3ffff) << 14) | ordinal
  }

  return {
    numbered(number) {
      if (number < 0n || number > NUMBER_MAX) throw new RangeError(`source number ${number} does not fit 62 bits`)
      return format(front60 | number)
    },
    numberedWords(number, target) {
      if (!Number.isSafeInteger(number) || number < 0)
        throw new RangeError(`source number ${number} is no exact number`)
      target[0] = front32
      target[1] = front28
      target[2] = 0x8000_0000 | Math.floor(number / 2 ** 32)
      target[3] = number >>> 0
    },
    words,
    unnumbered(timeMs, hash, ordinal) {
      const target = new Uint32Array(4)
      words(timeMs, hash, ordinal, target)
      writeUuid(uuidBytes, 0, target)
      return uuidBytes.toString('latin1')
    },
  }
}

const SEEDS = [0, 0x9747b28c] as const
const buffer = Buffer.alloc(65_536)

/** 34 bits of a row's content: canonical text of all that the source says. */
export function contentHash(content: string): number {
  const fits = content.length * 3 <= buffer.length
  const bytes = fits ? buffer : Buffer.from(content)
  return bytesHash(bytes, fits ? buffer.write(content) : bytes.length)
}

/** The same of content that is UTF-8 already: its first `length` bytes. */
export function bytesHash(bytes: Uint8Array, length: number): number {
  return murmur3(bytes, SEEDS[0], length) * 4 + (murmur3(bytes, SEEDS[1], length) & 3)
}

export const UUID_CHARS = 36
const uuidBytes = Buffer.alloc(UUID_CHARS)
const HEX = Buffer.from('0123456789abcdef')
/** Where in the text each of the 32 digits stands. */
const PLACES = Uint8Array.from(
  { length: 32 },
  (_, i) => i + (i > 7 ? 1 : 0) + (i > 11 ? 1 : 0) + (i > 15 ? 1 : 0) + (i > 19 ? 1 : 0),
)

/** Writes the 36 characters of a UUID at `at`. */
export function writeUuid(target: Uint8Array, at: number, words: Words): void {
  for (let word = 0, digit = 0; word < 4; word++) {
    const bits = words[word]!
    for (let shift = 28; shift >= 0; shift -= 4, digit++) target[at + PLACES[digit]!] = HEX[(bits >>> shift) & 15]!
  }
  target[at + 8] = DASH
  target[at + 13] = DASH
  target[at + 18] = DASH
  target[at + 23] = DASH
}

const DASH = 45

/** 122 free bits, most significant first, as UUID text. */
function format(free: bigint): string {
  const a = (free >> 74n).toString(16).padStart(12, '0')
  const b = ((free >> 62n) & 0xfffn).toString(16).padStart(3, '0')
  const c = ((free & NUMBER_MAX) | (1n << 63n)).toString(16)
  return `${a.slice(0, 8)}-${a.slice(8)}-8${b}-${c.slice(0, 4)}-${c.slice(4)}`
}
