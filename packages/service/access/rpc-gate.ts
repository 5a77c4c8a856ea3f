/**
 * The gate of a gRPC server: an interceptor before every method, those of health and reflection too, which finds out who asks
 * before a message is taken in. What the handler's shell must know of a call it is told by the call's metadata.
 */
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js'
import { acceptCorrelation, withCorrelation } from '../correlation.ts'
import { CORRELATION_KEY, statusOf } from '../rpc-status.ts'
import type { Access, Admission, Need, Refusal } from './access.ts'
import { credentialIn, type Presented } from './identity.ts'
import { rateHeaders } from './rate.ts'
import { certificateIn } from './tls.ts'

const admissions = new WeakMap<Metadata, Admission>()

export const admissionOf = (metadata: Metadata): Admission | undefined => admissions.get(metadata)

/**
 * What only asks has such a name; any other method changes something, and needs the role admin. So one that is added is closed
 * until its name says that it asks.
 */
const ASKS = /\/(Get|List|Query|Watch|Replay|Follow|History|ServerReflectionInfo)\w*$/

const STANDARD = '/grpc.'

export function needOf(path: string): Need {
  if (path.startsWith('/grpc.health.v1.')) return 'health'
  return ASKS.test(path) ? 'read' : 'admin'
}

/** `refused` is told of what never gets to a handler. */
export function rpcGate(
  access: Access,
  refused: (path: string, refusal: Refusal, peer: string) => void,
): ServerInterceptor {
  return ({ path }, call) => {
    let admission: Admission | undefined
    let isOver = false
    const over = () => {
      isOver = true
      admission?.over()
    }
    return new ServerInterceptingCall(call, {
      start(next) {
        next({
          onCancel: over,
          onReceiveMetadata(metadata, pass) {
            const certificate = certificateIn(call.getAuthContext().sslPeerCertificate)
            void access.admit(needOf(path), presentedIn(metadata, certificate)).then((admitted) => {
              if ('error' in admitted) {
                const id = acceptCorrelation(metadata.get(CORRELATION_KEY)[0])
                withCorrelation(id, () => refused(path, admitted, call.getPeer()))
                return call.sendStatus(statusIn(admitted, id))
              }
              admission = admitted
              if (isOver) return over() // the caller left meanwhile
              if (path.startsWith(STANDARD)) endWith(admitted, call)
              else admissions.set(metadata, admitted)
              pass(metadata)
            })
          },
        })
      },
      sendStatus(status, next) {
        over()
        next(status)
      },
    })
  }
}

/** Of the library's own services: others end by their shell. */
function endWith({ signal }: Admission, call: ServerInterceptingCallInterface): void {
  signal.addEventListener('abort', () => call.sendStatus(statusOf(signal.reason)), { once: true })
}

function presentedIn(metadata: Metadata, certificate: Presented['certificate']): Presented {
  return { credential: credentialIn((name) => metadata.get(name)[0]?.toString()), certificate }
}

function statusIn({ error, rate }: Refusal, id: string) {
  const status = statusOf(error)
  status.metadata.set(CORRELATION_KEY, id)
  for (const [name, value] of Object.entries(rate === undefined ? {} : rateHeaders(rate)))
    status.metadata.set(name, value)
  return status
}
