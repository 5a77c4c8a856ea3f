/**
 * HOT PATH (`npm run bench -- dedup`). Which ids a store surely lacks, so that it need not be asked. A filter that says
 * otherwise says nothing: the store is asked, and the log after it. One filter a slice, or several where it was made for
 * fewer ids; together they are wrong for one id in a thousand.
 *
 *   shape   state; no I/O
 *   limits  19 bits an id: each filter is made for an eighth of the share, since as many are asked
 */
import { BloomFilter } from 'bloomfilter'

export const WRONG_SHARE = 0.001
const FILTERS = 8
const IDS_MIN = 2 ** 16
/** The package's filters have 2^32 bits at most. */
const IDS_MAX = 2 ** 27
const BITS_PER_ID = -Math.log(WRONG_SHARE / FILTERS) / Math.LN2 ** 2
const HASHES = Math.round(BITS_PER_ID * Math.LN2)

interface Part {
  readonly slice: number
  readonly filter: BloomFilter
  readonly room: number
  used: number
}

export class Filter {
  private parts: Part[] = []

  get bytes(): number {
    return this.parts.reduce((sum, { filter }) => sum + filter.buckets.byteLength, 0)
  }

  add(slice: number, words: Uint32Array, at: number): void {
    let part = this.parts.findLast((one) => one.slice === slice)
    if (part === undefined || part.used >= part.room) {
      part = this.partOf(slice)
      this.parts.push(part)
    }
    part.filter.add(textOf(words, at))
    part.used++
  }

  mayHave(words: Uint32Array, at: number): boolean {
    const text = textOf(words, at)
    return this.parts.some(({ filter }) => filter.test(text))
  }

  forget(slices: readonly number[]): void {
    this.parts = this.parts.filter(({ slice }) => !slices.includes(slice))
  }

  /** A full one has a larger one behind it; the next slice begins with what the last one took. */
  private partOf(slice: number): Part {
    const last = this.parts.filter((one) => one.slice === (this.parts.at(-1)?.slice ?? slice))
    const before = last.reduce((sum, { used }) => sum + used, 0)
    const room = Math.min(IDS_MAX, Math.max(IDS_MIN, Math.ceil(before * 1.25)))
    return { slice, filter: new BloomFilter(Math.ceil(room * BITS_PER_ID), HASHES), room, used: 0 }
  }
}

/** Eight characters of 16 bits: what the package takes its hash of. */
function textOf(words: Uint32Array, at: number): string {
  const [a, b, c, d] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!]
  return String.fromCharCode(a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff)
}
