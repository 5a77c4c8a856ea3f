/** Protos, read at run time. */
import type { ServiceDefinition } from '@grpc/grpc-js'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'

/** How protos are read; the generator of their types is run with the same. */
export const PROTO_OPTIONS = { longs: String, enums: String, defaults: true, oneofs: true } as const

/** Reads .proto files, which find their imports in `includeDirs`. */
export function loadProtos(files: readonly string[], includeDirs: readonly string[] = []): PackageDefinition {
  return loadSync([...files], { ...PROTO_OPTIONS, includeDirs: [...includeDirs] })
}

/** A service of loaded protos by its full name (k2.v1.Query). One that is not there is a bug, and throws. */
export function serviceIn(protos: PackageDefinition, name: string): ServiceDefinition {
  const found = protos[name]
  if (found === undefined || typeof found.format === 'string') throw new Error(`the protos hold no service ${name}`)
  return found as ServiceDefinition
}
