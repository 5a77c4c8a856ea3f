/** Calls of a gRPC service: promises and async iterables, under the caller's correlation id, with K2Error as failure. */

import type { ChannelCredentials } from '@grpc/grpc-js'
import {
  Client,
  type ClientOptions,
  credentials as grpcCredentials,
  Metadata,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js'
import { K2Error } from '@k2/contracts/codes.ts'
import { correlationId } from './correlation.ts'
import { CORRELATION_KEY, errorOf } from './rpc-status.ts'
import type { MethodsOf, ReplyOut, RequestIn } from './rpc-types.ts'
import { TRACEPARENT, traceparent } from './tracing.ts'

export interface RpcClientOptions {
  /** host:port */
  readonly address: string
  /** Insecure by default. */
  readonly credentials?: ChannelCredentials
  /** Of every call. */
  readonly headers?: Readonly<Record<string, string>>
  /** Of its channel, beside ours. */
  readonly channel?: ClientOptions
  readonly messageBytesMax?: number
  /** Of a call with one reply. */
  readonly deadlineMs?: number
}

export interface RpcCallOptions {
  readonly signal?: AbortSignal
  /** Of this call; a stream has none by default. */
  readonly deadlineMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface RpcClient<Definition> {
  /** One request, one reply. Rejects with a K2Error, or with the signal's reason. */
  call<M extends MethodsOf<Definition>>(
    method: M,
    request: RequestIn<Definition[M]>,
    options?: RpcCallOptions,
  ): Promise<ReplyOut<Definition[M]>>
  /** One request, many replies, read as they are asked for; leaving the loop ends the call. */
  stream<M extends MethodsOf<Definition>>(
    method: M,
    request: RequestIn<Definition[M]>,
    options?: RpcCallOptions,
  ): AsyncIterable<ReplyOut<Definition[M]>>
  close(): void
}

/** Certificates as PEM: whom to trust, and the client's own. */
export interface ClientTls {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

export const credentialsOf = ({ ca, cert, key }: ClientTls): ChannelCredentials =>
  grpcCredentials.createSsl(ca ?? null, key ?? null, cert ?? null)

const DEADLINE_MS = 30_000
const MESSAGE_BYTES_MAX = 16 * 2 ** 20
/** On their way at once: by default 64 KiB, for which a stream of megabytes waits again and again. */
const WINDOW_BYTES = 4 * 2 ** 20

/** A client of one service; it connects when it is first used. `service` is that of serviceIn(protos, name). */
export function createRpcClient<Definition>(
  service: ServiceDefinition,
  options: RpcClientOptions,
): RpcClient<Definition> {
  const { address, credentials = grpcCredentials.createInsecure(), messageBytesMax = MESSAGE_BYTES_MAX } = options
  const limits: ClientOptions = {
    ...options.channel,
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.max_send_message_length': messageBytesMax,
    'grpc.keepalive_time_ms': 60_000,
    'grpc-node.flow_control_window': WINDOW_BYTES,
  }
  const client = new Client(address, credentials, limits)

  function prepare(name: string, isStream: boolean, { headers = {} }: RpcCallOptions) {
    const method = service[name]
    if (!method || method.requestStream || method.responseStream !== isStream) {
      throw new Error(`${name} is no method with ${isStream ? 'many replies' : 'one reply'}`)
    }
    const metadata = new Metadata()
    for (const [key, value] of Object.entries({ ...options.headers, ...headers })) metadata.set(key, value)
    const id = correlationId()
    if (id !== undefined) metadata.set(CORRELATION_KEY, id)
    const parent = traceparent()
    if (parent !== undefined) metadata.set(TRACEPARENT, parent)
    return { method, metadata }
  }

  function call(name: string, request: unknown, callOptions: RpcCallOptions = {}): Promise<unknown> {
    const { method, metadata } = prepare(name, false, callOptions)
    const { signal, deadlineMs = options.deadlineMs ?? DEADLINE_MS } = callOptions
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const { path, requestSerialize, responseDeserialize } = method
      const until = { deadline: Date.now() + deadlineMs }
      const answered = (failure: ServiceError | null, reply: unknown) => {
        signal?.removeEventListener('abort', cancel)
        if (failure) reject(signal?.aborted ? signal.reason : errorOf(failure))
        else resolve(reply)
      }
      const sent = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        until,
        answered,
      )
      const cancel = () => sent.cancel()
      signal?.addEventListener('abort', cancel, { once: true })
    })
  }

  async function* stream(name: string, request: unknown, callOptions: RpcCallOptions = {}): AsyncGenerator<unknown> {
    const { method, metadata } = prepare(name, true, callOptions)
    const { signal, deadlineMs } = callOptions
    signal?.throwIfAborted()
    const { path, requestSerialize, responseDeserialize } = method
    const until = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
    const replies = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      until,
    )
    const cancel = () => replies.cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      yield* replies
    } catch (failure) {
      throw signal?.aborted ? signal.reason : failure instanceof K2Error ? failure : errorOf(failure as ServiceError)
    } finally {
      signal?.removeEventListener('abort', cancel)
      cancel()
    }
  }

  return { call, stream, close: () => client.close() } as RpcClient<Definition>
}
