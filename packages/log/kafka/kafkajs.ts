/**
 * The one place that imports kafkajs: connections to brokers (TLS, SASL, versions, correlation, timeouts), and the requests
 * that it knows how to write. Its producer and consumer are not used: they send one object a record, stop heartbeating
 * in slow batches, cannot read without a group, and hide offsets that a seek skipped.
 *
 * Typed here by hand, as far as it is used: the modules below its index have no types (requests.ts). The version is pinned.
 */
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { BrokerPool, Encoded } from './requests.ts'

export type * from './requests.ts'

export interface Credentials {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

export interface ConnectOptions {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl?: ConnectionOptions
  readonly sasl?: Credentials
  readonly connectMs: number
  readonly requestMs: number
}

/** What kafkajs throws; those of brokers have a type ("NOT_LEADER_FOR_PARTITION"). */
export interface Foreign extends Error {
  readonly type?: string
  readonly code?: string | number
  readonly cause?: unknown
  /** Of several at once: creating topics, deleting records. */
  readonly errors?: readonly (Foreign & { readonly topic?: string })[]
  readonly partitions?: readonly { readonly error?: Foreign }[]
}

interface Codes {
  createErrorFromCode(code: number): Foreign
}

interface Assigner {
  readonly MemberMetadata: {
    encode(of: { version: number; topics: readonly string[] }): Buffer
    decode(bytes: Buffer): { readonly topics: readonly string[] }
  }
  readonly MemberAssignment: {
    encode(of: { version: number; assignment: Readonly<Record<string, readonly number[]>> }): Buffer
    decode(bytes: Buffer): { readonly assignment: Readonly<Record<string, readonly number[]>> } | null
  }
}

interface Queue {
  pending: unknown[]
  throttledUntil: number
}

interface Connected {
  readonly socket: Socket | null
  /** Of an answer that has not come whole. */
  chunks: readonly Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
}

/** What stands before an answer. */
const SIZE_BYTES = 4

const load = createRequire(import.meta.url)
const PoolClass = load('kafkajs/src/cluster/brokerPool') as new (options: object) => BrokerPool
const connections = load('kafkajs/src/cluster/connectionPoolBuilder') as (options: object) => unknown
const socketFactory = load('kafkajs/src/network/socketFactory') as () => (of: object) => Socket
const codes = load('kafkajs/src/protocol/error') as Codes
const { prototype: queue } = load('kafkajs/src/network/requestQueue') as {
  prototype: { scheduleCheckPendingRequests(this: Queue): void }
}
const { prototype: connection } = load('kafkajs/src/network/connection') as {
  prototype: {
    connect(this: Connected): Promise<unknown>
    send(this: Connected, exchange: unknown): Promise<unknown>
    processData(this: Connected, bytes: Buffer): void
  }
}
export const { MemberMetadata, MemberAssignment } = load('kafkajs/src/consumer/assignerProtocol') as Assigner

const Encoder = load('kafkajs/src/protocol/encoder') as { readonly prototype: object }

/** Bytes as kafkajs takes them, not copied. */
export const encoded = (bytes: Buffer): Encoded =>
  Object.assign(Object.create(Encoder.prototype), { buf: bytes, offset: bytes.length })

// It sets a timer for each request, whose delay is negative where there is nothing to wait for: Node warns of that.
const { scheduleCheckPendingRequests } = queue
queue.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) scheduleCheckPendingRequests.call(this)
}

/** Of a pool and an address. */
const siblings = new WeakMap<Socket, ReadonlySet<Socket>>()

// It leaves a connection as it is whose answers don't come: one that the network has lost would be used, and waited for, for
// a quarter of an hour. Kafka's Java client closes it, too; here the others to that broker go with it, or each would be
// found out by a request of its own.
const { send } = connection
connection.send = async function (exchange) {
  const { socket } = this
  try {
    return await send.call(this, exchange)
  } catch (error) {
    if (socket !== null && (error as Foreign).name === 'KafkaJSRequestTimeoutError')
      for (const sibling of siblings.get(socket) ?? []) sibling.destroy(new Error('an answer did not come in time'))
    throw error
  }
}

// It keeps what came of an answer when the connection is lost, and takes it for the beginning of the next one's.
const { connect, processData } = connection
connection.connect = function () {
  if (!this.isConnected()) {
    this.chunks = []
    this.bytesBuffered = 0
    this.bytesNeeded = SIZE_BYTES
  }
  return connect.call(this)
}

// Bytes that are no answer are thrown where nobody could catch it, and ended the process.
connection.processData = function (bytes) {
  try {
    processData.call(this, bytes)
  } catch (error) {
    this.socket?.destroy(error as Error)
  }
}

const quiet = { info() {}, error() {}, warn() {}, debug() {}, namespace: () => quiet }

/** Its pool does not know connections that are being made, and leaves them behind when it is closed. */
function trackedSockets() {
  const make = socketFactory()
  const open = new Map<string, Set<Socket>>()
  let isClosed = false
  return {
    make(of: { readonly host: string; readonly port: number }): Socket {
      if (isClosed) throw new Error('the log was closed')
      const socket = make(of)
      // It unrefs one that is dead each time it gives up on it, which leaves a listener behind.
      socket.setMaxListeners(0)
      const address = `${of.host}:${of.port}`
      const own = open.get(address) ?? new Set()
      open.set(address, own.add(socket))
      siblings.set(socket, own)
      socket.once('close', () => own.delete(socket))
      return socket
    },
    close(): void {
      isClosed = true
      for (const own of open.values()) for (const socket of own) socket.destroy(new Error('the log was closed'))
    },
  }
}

/** Connections to a cluster, made as they are needed. What fails is thrown and not logged here. */
export function brokerPool({ brokers, clientId, ssl, sasl, connectMs, requestMs }: ConnectOptions) {
  const sockets = trackedSockets()
  const connectionPoolBuilder = connections({
    logger: quiet,
    socketFactory: sockets.make,
    brokers: [...brokers],
    ssl,
    sasl,
    clientId,
    connectionTimeout: connectMs,
    requestTimeout: requestMs,
    enforceRequestTimeout: true,
  })
  // Tries again with the next address of the list; how long to go on is not for it to say.
  const retry = { retries: brokers.length, initialRetryTime: 50, maxRetryTime: 200 }
  const pool = new PoolClass({
    connectionPoolBuilder,
    logger: quiet,
    retry,
    allowAutoTopicCreation: false,
    authenticationTimeout: connectMs,
  })
  return { pool, closeSockets: sockets.close }
}

/** The name of a broker's error code. */
export const typeOf = (errorCode: number): string => {
  const { type } = codes.createErrorFromCode(errorCode)
  return type === undefined || type === 'KAFKAJS_UNKNOWN_ERROR_CODE' ? `error ${errorCode}` : type
}
