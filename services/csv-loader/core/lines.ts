/**
 * Cuts a file's bytes into lines. HOT PATH: a batch is the bytes and where each line begins and ends in them; a line
 * becomes an object and a text only where somebody asks for it.
 *
 *   shape   chunks of bytes -> batches of lines; state is made for one file. A batch is good until the next push
 *   units   line numbers count from 1, empty lines included. A line ends with LF, CR LF or CR
 */

/** A longer line is no row: it is refused without being held in memory. */
export const LINE_BYTES_MAX = 65_536
const HEAD_BYTES = 256

const LF = 10
const CR = 13
const BOM = [0xef, 0xbb, 0xbf]

/** Line i is bytes[starts[i], ends[i]), without its end. */
export interface LineBatch {
  readonly bytes: Buffer
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly count: number
  readonly firstNumber: number
  /** By index: lines beyond the limit, which are not among the bytes. */
  readonly tooLong: ReadonlyMap<number, { readonly head: Buffer; readonly bytes: number }>
}

export interface Line {
  readonly number: number
  readonly text: string
  /** As it stands in the file; cut where it is too long. */
  readonly raw: Buffer
  readonly fault: string | null
}

export function lineAt({ bytes, starts, ends, firstNumber, tooLong }: LineBatch, i: number): Line {
  const number = firstNumber + i
  const long = tooLong.get(i)
  if (long) {
    const fault = `it is ${long.bytes} bytes long, above the limit of ${LINE_BYTES_MAX}: no row is. Look for a lost line end`
    return { number, text: '', raw: long.head, fault }
  }
  const raw = bytes.subarray(starts[i]!, ends[i]!)
  const text = raw.toString('utf8')
  return { number, text, raw, fault: text.includes('\ufffd') ? 'it is not UTF-8 text: save the file as UTF-8' : null }
}

export class LineSplitter {
  #starts = new Int32Array(4_096)
  #ends = new Int32Array(4_096)
  #count = 0
  #tooLong = new Map<number, { head: Buffer; bytes: number }>()
  #lines = 0
  /** The begun line: its bytes, or past the limit its head and length alone, so that none fills the memory. */
  #carried: Buffer = Buffer.alloc(0)
  #long: { readonly head: Buffer; bytes: number } | undefined
  /** The last chunk ended with CR: an LF that follows belongs to it. */
  #endedWithCr = false
  #isFirst = true

  push(chunk: Buffer): LineBatch {
    this.#begin()
    let start = this.#endedWithCr && chunk[0] === LF ? 1 : 0
    if (chunk.length > 0) this.#endedWithCr = false
    if (this.#long) {
      start = this.#skipLong(chunk, start)
      if (start < 0) return this.#batch(chunk)
    }
    const known = this.#carried.length
    const bytes = known === 0 ? chunk : Buffer.concat([this.#carried, chunk])
    this.#carried = NOTHING
    start = this.#cut(bytes, start, Math.max(start, known))
    this.#keep(bytes.subarray(start))
    return this.#batch(bytes)
  }

  /** The last line, where no line end follows it. */
  end(): LineBatch {
    this.#begin()
    const bytes = this.#carried
    if (this.#long) this.#addLong(this.#long)
    else if (bytes.length > 0) this.#add(bytes, 0, bytes.length)
    return this.#batch(bytes)
  }

  /** Lines of bytes[start, …), of which those before `at` are known to hold no end; answers where the begun line starts. */
  #cut(bytes: Buffer, start: number, at: number): number {
    const length = bytes.length
    for (; at < length; at++) {
      const byte = bytes[at]!
      if (byte > CR || (byte !== LF && byte !== CR)) continue
      this.#add(bytes, start, at)
      if (byte === CR) {
        if (at + 1 === length) this.#endedWithCr = true
        else if (bytes[at + 1] === LF) at++
      }
      start = at + 1
    }
    return start
  }

  #add(bytes: Buffer, start: number, end: number): void {
    if (this.#isFirst) {
      this.#isFirst = false
      if (end - start >= 3 && BOM.every((byte, i) => bytes[start + i] === byte)) start += 3
    }
    if (end - start > LINE_BYTES_MAX) {
      this.#addLong({ head: Buffer.from(bytes.subarray(start, start + HEAD_BYTES)), bytes: end - start })
      return
    }
    if (this.#count === this.#starts.length) this.#grow()
    this.#starts[this.#count] = start
    this.#ends[this.#count++] = end
  }

  #addLong(long: { readonly head: Buffer; readonly bytes: number }): void {
    this.#tooLong.set(this.#count, { ...long })
    if (this.#count === this.#starts.length) this.#grow()
    this.#starts[this.#count] = 0
    this.#ends[this.#count++] = 0
    this.#long = undefined
    this.#isFirst = false
  }

  #keep(rest: Buffer): void {
    if (rest.length > LINE_BYTES_MAX)
      this.#long = { head: Buffer.from(rest.subarray(0, HEAD_BYTES)), bytes: rest.length }
    // A copy: the chunk is the reader's, and large.
    else this.#carried = rest.length === 0 ? NOTHING : Buffer.from(rest)
  }

  /** Where the next line starts in the chunk; -1: the long line goes on. */
  #skipLong(chunk: Buffer, start: number): number {
    const ends = [chunk.indexOf(LF, start), chunk.indexOf(CR, start)].filter((at) => at >= 0)
    const end = ends.length === 0 ? chunk.length : Math.min(...ends)
    this.#long!.bytes += end - start
    if (end === chunk.length) return -1
    this.#addLong(this.#long!)
    if (chunk[end] !== CR) return end + 1
    this.#endedWithCr = end + 1 === chunk.length
    return chunk[end + 1] === LF ? end + 2 : end + 1
  }

  #begin(): void {
    this.#lines += this.#count
    this.#count = 0
    if (this.#tooLong.size > 0) this.#tooLong = new Map()
  }

  #batch(bytes: Buffer): LineBatch {
    return {
      bytes,
      starts: this.#starts,
      ends: this.#ends,
      count: this.#count,
      firstNumber: this.#lines + 1,
      tooLong: this.#tooLong,
    }
  }

  #grow(): void {
    const [starts, ends] = [this.#starts, this.#ends]
    this.#starts = new Int32Array(starts.length * 2)
    this.#ends = new Int32Array(ends.length * 2)
    this.#starts.set(starts)
    this.#ends.set(ends)
  }
}

const NOTHING = Buffer.alloc(0)
