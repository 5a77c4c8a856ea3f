/**
 * What a server does with messages that the library would not: replies that are bytes go out as they are, and a request that
 * cannot be read is its sender's fault. grpc-js calls that INTERNAL, as it does a bug of ours.
 */
import type { ServiceDefinition } from '@grpc/grpc-js'
import { K2Error } from '@k2/contracts/codes.ts'
import { seenOff } from './given-away.ts'

class Unreadable {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}

export function lenient(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const responseSerialize = (reply: unknown): Buffer => {
      if (!(reply instanceof Uint8Array)) return method.responseSerialize(reply)
      const bytes = Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength)
      return seenOff(reply, bytes)
    }
    return [name, { ...method, responseSerialize, requestDeserialize: (bytes: Buffer) => tryRead(method, bytes) }]
  })
  return Object.fromEntries(methods)
}

function tryRead(method: ServiceDefinition[string], bytes: Buffer): unknown {
  try {
    return method.requestDeserialize(bytes)
  } catch (error) {
    return new Unreadable((error as Error).message)
  }
}

/** The request, where it was read. */
export function readable(request: unknown): unknown {
  if (!(request instanceof Unreadable)) return request
  throw new K2Error('INVALID_ARGUMENT', `The request is no message of this method: ${request.why}.`)
}
