/** The services that every gRPC server has: grpc.health.v1 and reflection. Each is a stream that may never end. */
import type { Server, ServiceDefinition } from '@grpc/grpc-js'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { HealthImplementation, protoPath as healthProtoPath, type ServingStatusMap } from 'grpc-health-check'
import type { Health } from './health.ts'

// Watchers hear of a change within this; a check is answered by the health of that moment.
const WATCH_MS = 500

type Call = { readonly request?: { service?: string }; end?(): void; once(event: string, listener: () => void): void }
type Handler = (call: Call, callback: unknown) => void

/** Stands before a server, and knows the streams that are open, so that a stop need not wait for watchers. */
export interface StreamTracker {
  addService(service: object, handlers: object): void
  end(): void
}

/** The tracker of a server. */
export function streamTracker(server: Server): StreamTracker {
  const open = new Set<Call>()
  const tracked =
    (handler: Handler): Handler =>
    (call, callback) => {
      if (call.end) {
        open.add(call)
        for (const event of ['cancelled', 'close', 'finish']) call.once(event, () => open.delete(call))
      }
      handler(call, callback)
    }
  return {
    addService(service, handlers) {
      const known = Object.entries(handlers as Record<string, Handler>).map(([name, handler]) => [
        name,
        tracked(handler),
      ])
      server.addService(emptyWhereBroken(service as ServiceDefinition), Object.fromEntries(known))
    },
    end() {
      for (const call of open) call.end?.()
    },
  }
}

/** Of a request that cannot be read, which the library would call an error of ours: it names nothing that there is. */
function emptyWhereBroken(service: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(service).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        return method.requestDeserialize(bytes)
      } catch {
        return {}
      }
    }
    return [name, { ...method, requestDeserialize }]
  })
  return Object.fromEntries(methods)
}

/** Adds grpc.health.v1: the process as '' and each service by name, serving while ready. The function ends it. */
export function addHealth(server: StreamTracker, health: Health, services: readonly string[]): () => void {
  const names = ['', ...services]
  const told: ServingStatusMap = Object.fromEntries(names.map((name) => [name, 'NOT_SERVING']))
  const standard = new HealthImplementation(told)
  let isOver = false
  const tell = () => {
    const now = !isOver && health.ready().ok ? 'SERVING' : 'NOT_SERVING'
    for (const name of names) {
      if (told[name] !== now) standard.setStatus(name, now)
      told[name] = now
    }
  }
  standard.addToServer({
    addService: (service: object, handlers: object) => {
      const fresh = Object.entries(handlers as Record<string, Handler>).map(([name, handler]) => {
        const afterTelling: Handler = (call, callback) => {
          tell()
          // Else names that nobody has would be kept for good, and a long one repeated in a header that is too long.
          const { request } = call
          if (request?.service && !names.includes(request.service)) request.service = 'of that name'
          handler(call, callback)
        }
        return [name, afterTelling]
      })
      server.addService(service, Object.fromEntries(fresh))
    },
  } as never)
  const watch = setInterval(tell, WATCH_MS).unref()
  return () => {
    clearInterval(watch)
    isOver = true
    tell()
  }
}

/** Adds reflection of the protos, of health and of itself, for grpcurl and the like. */
export function addReflection(server: StreamTracker, protos: PackageDefinition): void {
  const health = loadSync(healthProtoPath, {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  })
  new ReflectionService({ ...health, ...protos } as never).addToServer(server as never)
}
