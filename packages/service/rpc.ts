/**
 * gRPC as K2 speaks it: protos loaded at run time, handlers that are plain async functions and generators, clients
 * that give promises and async iterables, K2Error on both ends.
 *
 *   type    a service is typed by the `…Definition` that proto-loader-gen-types makes of its proto
 *   units   64-bit integers are decimal strings, enums their names; absent fields have their defaults
 */
export type { PackageDefinition } from '@grpc/proto-loader'
export { givenAway } from './given-away.ts'
export { createRpcClient, type RpcCallOptions, type RpcClient, type RpcClientOptions } from './rpc-client.ts'
export { loadProtos, PROTO_OPTIONS, serviceIn } from './rpc-protos.ts'
export {
  createRpcServer,
  type RpcCall,
  type RpcHandlers,
  type RpcServer,
  type RpcServerOptions,
  type RpcService,
  rpcService,
} from './rpc-server.ts'
