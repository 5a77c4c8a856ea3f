/** Who listens to which stream at one door. */
import type { Connection } from './connection.ts'
import type { MarketEvent } from './event.ts'

export interface Subscribers {
  readonly connections: ReadonlySet<Connection>
  /** Its streams were `before`, or there were none. */
  moved(connection: Connection, before: ReadonlySet<string>): void
  gone(connection: Connection): void
  deliver(stream: string, event: MarketEvent): void
}

export function createSubscribers(): Subscribers {
  const connections = new Set<Connection>()
  const streams = new Map<string, Set<Connection>>()

  function leave(connection: Connection, stream: string): void {
    const all = streams.get(stream)
    all?.delete(connection)
    if (all?.size === 0) streams.delete(stream)
  }

  return {
    connections,
    moved(connection, before) {
      connections.add(connection)
      for (const stream of before) if (!connection.streams.has(stream)) leave(connection, stream)
      for (const stream of connection.streams) {
        streams.set(stream, (streams.get(stream) ?? new Set()).add(connection))
      }
    },
    gone(connection) {
      connections.delete(connection)
      for (const stream of connection.streams) leave(connection, stream)
    },
    deliver(stream, event) {
      for (const connection of streams.get(stream) ?? []) connection.deliver(event)
    },
  }
}
