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
import { type LineBatch, LineSplitter } from '../core/lines.ts'

const LF = 10

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
export async function* linesOf(path: string, digest: string): AsyncGenerator<LineBatch> {
  const hash = createHash('sha256')
  const splitter = new LineSplitter()
  for await (const chunk of contentOf(path)) {
    hash.update(chunk)
    const lines = splitter.push(chunk)
    if (lines.count > 0) yield lines
  }
  const rest = splitter.end()
  if (rest.count > 0) yield rest
  if (hash.digest('hex') !== digest) {
    throw new K2Error('INPUT_UNREADABLE', `${path} changed while it was read. Load it again when nobody writes to it.`)
  }
}

async function* contentOf(path: string): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const chunk of unpackedOf(path)) {
    // Also where it is packed. A mark is whole in the first chunk of any file that has rows.
    if (isFirst && isUtf16(chunk)) {
      throw new K2Error('INPUT_UNREADABLE', `${path} is UTF-16 text. Save it as UTF-8 and load it again.`)
    }
    isFirst = false
    yield chunk
  }
}

const isUtf16 = ([first, second]: Buffer): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

async function* unpackedOf(path: string): AsyncGenerator<Buffer> {
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
    // A pipe would wait for its writer, and can be read but once: a load reads twice.
    const entry = await stat(path)
    if (entry.isDirectory()) throw unreadable(path, new Error('it is a folder, and not a file'))
    if (!entry.isFile()) throw unreadable(path, new Error('it is no regular file. Hand a pipe over as --csv -'))
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.subarray(0, bytesRead).toString('hex')
  } catch (cause) {
    if (cause instanceof K2Error) throw cause
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): K2Error {
  const why = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  // What a broken packing gives is not vouched for, so none of it is data.
  const next = /^(Z_|ZSTD_|ERR_ZSTD)/.test(code)
    ? '. It is cut, damaged or added to: fetch it again, or pack it anew'
    : ''
  return new K2Error('INPUT_UNREADABLE', `${path} cannot be read: ${why}${next}`, {}, cause)
}
