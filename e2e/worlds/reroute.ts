/** Loaded into a process before all else: its TLS connections to hosts that REROUTE names go to ports of this machine. Names stay as they are. */
import { Socket } from 'node:net'

const ports: Readonly<Record<string, number>> = JSON.parse(process.env.REROUTE ?? '{}')
const connect = Socket.prototype.connect

Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  const { host, port } = args[0] as { readonly host?: string; readonly port?: number }
  const here = ports[`${host}:${port}`]
  const others =
    here === undefined ? args : [{ ...(args[0] as object), host: '127.0.0.1', port: here }, ...args.slice(1)]
  return Reflect.apply(connect, this, others)
} as typeof connect
