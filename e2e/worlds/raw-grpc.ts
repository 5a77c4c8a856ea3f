/** gRPC by hand, over HTTP/2 alone: whatever bytes a test likes, and the status that comes back. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'

export interface RawAnswer {
  /** grpc-status; undefined where the stream ended without one. */
  readonly status: number | undefined
  /** What K2 calls it; undefined where the library refused by itself. */
  readonly code: string | undefined
  readonly message: string
  /** Bytes of the replies, with their frames. */
  readonly bytes: number
}

export interface RawOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** The call is given up then, as a client does that has seen enough; its status is CANCELLED. */
  readonly untilMs?: number
}

export interface RawGrpc {
  /** `frames` go out as they are. Rejects where the connection is lost, or nothing comes within 20 s. */
  call(path: string, frames: Uint8Array, options?: RawOptions): Promise<RawAnswer>
  close(): Promise<void>
}

export const CANCELLED = 1
/** Node's own limit is below a message that is too large. */
const SESSION_MB_MAX = 1_000
const ANSWER_MS_MAX = 20_000
/** HTTP/2's CANCEL. */
const RST_CANCEL = 8

/** Then a connection is changed for a new one: a server cuts who has cancelled too many calls on one. */
const CALLS_MAX = 500

export async function rawGrpc(address: string): Promise<RawGrpc> {
  let lost = ''
  const open = (): ClientHttp2Session => {
    const session = connect(`http://${address}`, { maxSessionMemory: SESSION_MB_MAX })
    session.on('error', (error) => {
      lost += ` ${error.message}`
    })
    session.on('goaway', (code) => {
      lost += ` GOAWAY ${code}`
    })
    return session
  }
  let session = open()
  let calls = 0
  const inFlight = new WeakMap<ClientHttp2Session, number>()
  await once(session, 'connect')

  function call(path: string, frames: Uint8Array, { headers = {}, untilMs }: RawOptions = {}): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      if (++calls % CALLS_MAX === 0) session = open()
      const own = session
      inFlight.set(own, (inFlight.get(own) ?? 0) + 1)
      if (session.destroyed) return reject(new Error(`the connection is lost:${lost}, before ${path}`))
      const stream = own.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      })
      let answer: RawAnswer = { status: undefined, code: undefined, message: '', bytes: 0 }
      let bytes = 0
      let isOver = false
      const told = (from: Record<string, unknown>) => {
        if (from['grpc-status'] === undefined) return
        const message = decodeURIComponent(String(from['grpc-message'] ?? ''))
        const code = from['k2-code'] === undefined ? undefined : String(from['k2-code'])
        answer = { status: Number(from['grpc-status']), code, message, bytes: 0 }
      }
      const giveUp = () => {
        isOver = true
        stream.close(RST_CANCEL)
      }
      const timer = setTimeout(giveUp, untilMs ?? ANSWER_MS_MAX)
      stream.on('response', told)
      stream.on('trailers', told)
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      stream.on('error', () => {}) // 'close' tells
      stream.on('close', () => {
        clearTimeout(timer)
        const left = inFlight.get(own)! - 1
        inFlight.set(own, left)
        // Not before: what is not on its way yet would be refused.
        if (left === 0 && own !== session) own.close()
        const { rstCode } = stream
        if (answer.status === undefined) answer = { ...answer, message: `reset ${rstCode}, connection:${lost}` }
        if (isOver && untilMs === undefined) reject(new Error(`${path} did not answer within ${ANSWER_MS_MAX} ms`))
        else resolve({ ...answer, ...(isOver && { status: CANCELLED }), bytes })
      })
      stream.end(frames)
    })
  }

  return {
    call,
    async close() {
      if (session.destroyed) return
      session.close()
      await once(session, 'close')
    },
  }
}

/** A message behind the 5 bytes of gRPC's frame. */
export function framed(message: Uint8Array, isCompressed = false): Buffer {
  const frame = Buffer.alloc(5 + message.length)
  frame.writeUInt8(isCompressed ? 1 : 0, 0)
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, 5)
  return frame
}
