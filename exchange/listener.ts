/** An address on this machine, plain or TLS: opened, refused for a while, and closed with all that hangs on it. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { cannotListen } from '@k2/service/listen.ts'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

export interface Listener {
  /** 127.0.0.1 and its port, once it was open. */
  readonly address: string
  /** On this port, or on its last one; 0: any free one. */
  open(port?: number): Promise<void>
  /** Nothing listens until it is opened again; who is connected stays. */
  refuse(): void
  /** Cuts who is connected. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'

export function createListener(
  serve: RequestListener,
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  tls: Certificate | undefined,
): Listener {
  const sockets = new Set<Socket>()
  const server = tls ? createTlsServer(tls, serve) : createServer(serve)
  server.on('upgrade', upgrade)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  let port = 0

  async function open(wanted = port): Promise<void> {
    if (server.listening) return
    port = wanted
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: unknown) => reject(cannotListen(`${HOST}:${port}`, cause))
      server.once('error', fail)
      server.listen(port, HOST, () => {
        server.off('error', fail)
        resolve()
      })
    })
    port = (server.address() as AddressInfo).port
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    get address() {
      return `${HOST}:${port}`
    },
    open,
    refuse: () => void server.close(),
    close,
  }
}
