/**
 * A WebSocket to somebody else's server: what comes is handed on as bytes, in its order. Pings are answered by ws, with their
 * own payload.
 *
 *   units   ms, bytes
 *   errors  a handshake that fails and a line that breaks are `closed` with a sentence; none is thrown
 */
import { WebSocket } from 'ws'

export interface SocketEvents {
  opened(): void
  /** A whole message; the bytes are the receiver's. */
  message(bytes: Uint8Array): void
  pinged(): void
  /** Once, whatever ended it. */
  closed(why: string): void
}

export interface ClientSocket {
  send(text: string): void
  /** Nothing is read until `resume`: the sender feels it. */
  pause(): void
  resume(): void
  /** Ends it at once; `closed` follows. */
  close(): void
}

export interface SocketLimits {
  readonly handshakeMs: number
  readonly messageBytesMax: number
  readonly headers?: Readonly<Record<string, string>>
  /** Certificates as PEM. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer }
}

export function openSocket(url: string, events: SocketEvents, limits: SocketLimits): ClientSocket {
  const socket = new WebSocket(url, {
    handshakeTimeout: limits.handshakeMs,
    maxPayload: limits.messageBytesMax,
    perMessageDeflate: false,
    skipUTF8Validation: false,
    ...(limits.headers && { headers: limits.headers }),
    ...limits.tls,
  })
  let why = ''
  let isClosed = false
  const closed = (reason: string) => {
    if (isClosed) return
    isClosed = true
    events.closed(reason)
  }
  socket.on('open', () => events.opened())
  socket.on('message', (data) => {
    if (!isClosed) events.message(data as Buffer)
  })
  socket.on('ping', () => events.pinged())
  socket.on('error', (error) => {
    why = `${error.message}`
  })
  socket.on('close', (code, reason) => closed(why === '' ? closeText(code, reason.toString()) : why))
  return {
    send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
    pause: () => void (socket.readyState === WebSocket.OPEN && socket.pause()),
    resume: () => void (socket.isPaused && socket.resume()),
    close() {
      closed('we closed it')
      socket.terminate()
    },
  }
}

const NO_STATUS = 1005
const closeText = (code: number, reason: string): string =>
  `the server closed it${code === NO_STATUS ? '' : ` with ${code}`}${reason === '' ? '' : ` (${reason})`}`
