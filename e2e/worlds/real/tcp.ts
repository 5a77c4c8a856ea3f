/**
 * Between clients and a real server over TCP: connections that break at once, that carry nothing any more while both sides
 * take them for well, bytes that come late, and a server that nobody reaches. A broker tells its clients where it is: it
 * needs a listener that advertises this port (kafka.sh, BEHIND).
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TcpProxy {
  readonly port: number
  /** Open now. */
  connections(): number
  /** Resets those that `chosen` picks, and nobody gets in for so long after. How many it were. */
  cut(forMs: number, chosen?: () => boolean): number
  /** Those of them that went silent. */
  silent(): number
  /** Resets those that went silent. */
  reset(): void
  /** What they send from now on goes nowhere, and is acknowledged all the same. How many it were. */
  silence(chosen?: () => boolean): number
  /** Whatever comes is passed on so much later, for so long. How many are open. */
  delay(lateMs: number, forMs: number): number
  close(): void
}

interface Pair {
  readonly sockets: readonly [client: Socket, server: Socket]
  isSilent: boolean
}

/** To a port of this machine. */
export async function tcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let lateMs = 0
  let [lateUntil, closedUntil] = [0, 0]
  const server = createServer({ allowHalfOpen: false }, (client) => {
    client.on('error', () => {})
    if (performance.now() < closedUntil) return void reset(client)
    const onward = connect(target, '127.0.0.1')
    const pair: Pair = { sockets: [client, onward], isSilent: false }
    pairs.add(pair)
    const late = () => (performance.now() < lateUntil ? lateMs : 0)
    void pass(client, onward, pair, late)
    void pass(onward, client, pair, late)
    for (const socket of pair.sockets) socket.on('close', () => pairs.delete(pair))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const picked = (chosen: () => boolean = () => true) => [...pairs].filter(() => chosen())
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => pairs.size,
    silent: () => [...pairs].filter(({ isSilent }) => isSilent).length,
    cut(forMs, chosen) {
      const cut = picked(chosen)
      // Where none is cut it would be tried again, and nobody would ever get in to be cut.
      if (cut.length > 0) closedUntil = Math.max(closedUntil, performance.now() + forMs)
      for (const { sockets } of cut) for (const socket of sockets) reset(socket)
      return cut.length
    },
    reset() {
      for (const { sockets, isSilent } of pairs) if (isSilent) for (const socket of sockets) reset(socket)
    },
    silence(chosen) {
      const silent = picked(chosen)
      for (const pair of silent) pair.isSilent = true
      return silent.length
    },
    delay(ms, forMs) {
      lateMs = ms
      lateUntil = performance.now() + forMs
      return pairs.size
    },
    close() {
      server.close()
      for (const { sockets } of pairs) for (const socket of sockets) socket.destroy()
    },
  }
}

/** One that is being made could only be reset later. */
const reset = (socket: Socket) => (socket.connecting ? socket.destroy() : socket.resetAndDestroy())

/** One direction. A pair that is silent still takes what comes, and only its ends close it. */
async function pass(from: Socket, to: Socket, pair: Pair, late: () => number): Promise<void> {
  from.on('error', () => {})
  try {
    for await (const bytes of from) {
      const ms = late()
      if (ms > 0) await sleep(ms)
      if (pair.isSilent) continue
      if (!to.write(bytes)) await once(to, 'drain')
    }
  } catch {
    // Its other end is told below.
  }
  to.destroy()
}

/** A port that nobody listens on, where the kernel gives none to clients. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000)
    const probe = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    probe.close()
    if (isFree) return port
  }
}
