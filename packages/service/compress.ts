/**
 * Answers in the coding that the client takes: zstd, brotli or gzip, each at the level where it costs least; the usual ones cost
 * two to eight times as much, and rows become hardly smaller.
 *
 * Not a plugin: @fastify/compress (9.2.0) sends what is larger than its inline limit in pieces without a length, and says Vary only
 * where it compressed, so that a cache may hand the plain body to all.
 *
 *   limits  bodies of known length alone: a stream's pieces are to come as they are made
 *   source  RFC 9110, 8.4 "Content-Encoding", 12.5.5 "Vary"
 */
import { promisify } from 'node:util'
import zlib, { constants } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { takenOf } from './accept.ts'

/** A packet or two: below it nothing is won. */
const BYTES_MIN = 1_400
/**
 * Up to here on the thread itself, in a millisecond: the other ones are libuv's four, and DuckDB's statements may hold all of
 * them (lake/duckdb/engine.ts). Metrics must not wait for these.
 */
const INLINE_BYTES_MAX = 2 ** 17
const COMPRESSIBLE = /^text\/|json|^application\/vnd\.apache\.arrow/

interface Coder {
  readonly inline: (bytes: Buffer) => Buffer
  readonly aside: (bytes: Buffer) => Promise<Buffer>
}

function coder<O>(
  inline: (bytes: Buffer, options: O) => Buffer,
  aside: (bytes: Buffer, options: O, done: (error: Error | null, bytes: Buffer) => void) => void,
  options: O,
): Coder {
  const promised = promisify(aside) as (bytes: Buffer, options: O) => Promise<Buffer>
  return { inline: (bytes) => inline(bytes, options), aside: (bytes) => promised(bytes, options) }
}

/** The best first. */
const CODERS = new Map<string, Coder>([
  ['zstd', coder(zlib.zstdCompressSync, zlib.zstdCompress, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })],
  ['br', coder(zlib.brotliCompressSync, zlib.brotliCompress, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ['gzip', coder(zlib.gzipSync, zlib.gzip, { level: 1 })],
])
const OFFERS = [...CODERS.keys(), 'identity']

export function compressAnswers(app: FastifyInstance): void {
  // No async function: what is not compressed aside is sent at once, before anyone else may answer.
  app.addHook('onSend', (request, reply, payload, done) => {
    const type = String(reply.getHeader('content-type') ?? '')
    if (!isWhole(payload) || !COMPRESSIBLE.test(type) || reply.hasHeader('content-encoding')) return done(null, payload)
    reply.header('vary', [reply.getHeader('vary'), 'Accept-Encoding'].flat().filter(Boolean).join(', '))
    const [taken] = takenOf(String(request.headers['accept-encoding'] ?? ''), OFFERS)
    const coder = CODERS.get(taken?.offer ?? '')
    if (coder === undefined || Buffer.byteLength(payload) < BYTES_MIN) return done(null, payload)
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : bufferOf(payload)
    const send = (coded: Buffer) => {
      reply.header('content-encoding', taken!.offer)
      reply.header('content-length', coded.length)
      done(null, coded)
    }
    if (bytes.length <= INLINE_BYTES_MAX) send(coder.inline(bytes))
    else coder.aside(bytes).then(send, done)
  })
}

const isWhole = (payload: unknown): payload is string | Uint8Array<ArrayBuffer> =>
  typeof payload === 'string' || payload instanceof Uint8Array

const bufferOf = ({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): Buffer =>
  Buffer.from(buffer, byteOffset, length)
