/**
 * A file's lines, whatever it is packed in, in bounded memory: gzip and zstd are known by their first bytes, not by
 * name. The content's digest is its identity.
 *
 *   shape   path -> digest; path -> batches of lines with their numbers
 *   units   line numbers count from 1, empty lines included
 *   errors  INPUT_UNREADABLE for what is no file, no UTF-8 text, damaged, or changed while it was read
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'

/** A longer line is no row: it is refused without being held in memory. */
export const LINE_BYTES_MAX = 65_536

const LF = 10
const CR = 13

export interface Line {
  readonly number: number
  /** Without its end; cut at the limit where it is too long. */
  readonly text: string
  readonly fault: string | null
}

export interface Survey {
  readonly digest: string
  /** Line ends, and so lines: what a reader of the file has before it. */
  readonly lines: number
}

/** Reads the whole file once. */
export async function surveyOf(path: string): Promise<Survey> {
  const hash = createHash('sha256')
  let lines = 0
  for await (const chunk of contentOf(path)) {
    hash.update(chunk)
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++
  }
  return { digest: hash.digest('hex'), lines }
}

export const digestOf = async (path: string): Promise<string> => (await surveyOf(path)).digest

/** Lines of the file; at its end the digest must be the one that the file had before. */
export async function* linesOf(path: string, digest: string): AsyncGenerator<Line[]> {
  const hash = createHash('sha256')
  const splitter = lineSplitter()
  for await (const chunk of contentOf(path)) {
    hash.update(chunk)
    const lines = splitter.push(chunk)
    if (lines.length > 0) yield lines
  }
  const rest = splitter.end()
  if (rest.length > 0) yield rest
  if (hash.digest('hex') !== digest) {
    throw new K2Error('INPUT_UNREADABLE', `${path} changed while it was read. Load it again when nobody writes to it.`)
  }
}

async function* contentOf(path: string): AsyncGenerator<Buffer> {
  const magic = await firstBytes(path)
  if (magic.startsWith('28b52ffd')) return yield* framesOf(path)
  yield* unpacked(path, 0, magic.startsWith('1f8b') ? createGunzip() : undefined)
}

/** A zstd file is one frame or several, one after the other (`cat`, pzstd), and Node's decompressor ends with the first. */
async function* framesOf(path: string): AsyncGenerator<Buffer> {
  const { size } = await stat(path)
  for (let at = 0; at < size; ) {
    const frame = createZstdDecompress()
    yield* unpacked(path, at, frame)
    if (frame.bytesWritten === 0) throw unreadable(path, new Error(`what follows byte ${at} is no zstd frame`))
    at += frame.bytesWritten
  }
}

async function* unpacked(
  path: string,
  start: number,
  unpack?: Transform & { readonly bytesWritten: number },
): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { start, highWaterMark: 1 << 18 })
  // pipe() does not carry errors: without this a broken file would hang its reader.
  if (unpack) file.on('error', (error) => unpack.destroy(error))
  try {
    yield* unpack ? file.pipe(unpack) : file
  } catch (cause) {
    throw unreadable(path, cause)
  } finally {
    file.destroy()
  }
}

async function firstBytes(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    const magic = buffer.subarray(0, bytesRead).toString('hex')
    if (magic.startsWith('fffe') || magic.startsWith('feff')) {
      throw new K2Error('INPUT_UNREADABLE', `${path} is UTF-16 text. Save it as UTF-8 and load it again.`)
    }
    return magic
  } catch (cause) {
    if (cause instanceof K2Error) throw cause
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): K2Error {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new K2Error('INPUT_UNREADABLE', `${path} cannot be read: ${why}`, {}, cause)
}

/** Cuts chunks into lines; `end` gives the last one, where no line end follows it. */
export function lineSplitter() {
  let carried: Buffer[] = []
  let carriedBytes = 0
  let number = 0

  function carry(piece: Buffer): void {
    // Past the limit only the length is kept: a line without end must not fill the memory.
    if (carriedBytes <= LINE_BYTES_MAX) carried.push(piece.subarray(0, LINE_BYTES_MAX + 1 - carriedBytes))
    carriedBytes += piece.length
  }

  function take(): Line {
    const bytes = carried.length === 1 ? carried[0]! : Buffer.concat(carried)
    const tooLong = carriedBytes > LINE_BYTES_MAX + 1
    const length = carriedBytes
    carried = []
    carriedBytes = 0
    number++
    const end = bytes.length > 0 && bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length
    const text = bytes.toString('utf8', number === 1 && bytes.subarray(0, 3).toString('hex') === 'efbbbf' ? 3 : 0, end)
    if (tooLong)
      return {
        number,
        text: text.slice(0, 256),
        fault: `it is ${length} bytes long, above the limit of ${LINE_BYTES_MAX}`,
      }
    return { number, text, fault: text.includes('\ufffd') ? 'it is not UTF-8 text' : null }
  }

  return {
    push(chunk: Buffer): Line[] {
      const lines: Line[] = []
      let start = 0
      for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, start)) {
        carry(chunk.subarray(start, at))
        lines.push(take())
        start = at + 1
      }
      if (start < chunk.length) carry(chunk.subarray(start))
      return lines
    },
    end: (): Line[] => (carriedBytes > 0 ? [take()] : []),
  }
}
