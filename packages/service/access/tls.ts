/**
 * TLS of every door: certificate, key and, where clients have certificates, their authority, out of files that are read again
 * when they change. What is new holds for new connections.
 */
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'
import { ServerCredentials } from '@grpc/grpc-js'
import type { Logger } from '../logger.ts'
import type { Certificate, Presented } from './identity.ts'
import { watched } from './watched.ts'

export interface TlsSettings {
  readonly certFile: string
  readonly keyFile: string
  /** Of the authority that client certificates are of; without it clients have none. */
  readonly clientCaFile?: string | undefined
  /** A connection without a client certificate is refused. */
  readonly isClientRequired: boolean
}

export interface ServerTls {
  /** Of a server, for as long as it is there. */
  readonly options: { readonly requestCert: boolean; readonly rejectUnauthorized: boolean }
  context(): SecureContextOptions
  onChange(told: (context: SecureContextOptions) => void): void
  look(): void
  close(): void
}

export function serverTls(
  { certFile, keyFile, clientCaFile, isClientRequired }: TlsSettings,
  logger: Logger,
): ServerTls {
  const files = {
    K2_TLS_CERT: certFile,
    K2_TLS_KEY: keyFile,
    ...(clientCaFile !== undefined && { K2_TLS_CLIENT_CA: clientCaFile }),
  }
  const found = watched('the certificates', files, contextIn, logger)
  const requestCert = clientCaFile !== undefined
  return {
    options: { requestCert, rejectUnauthorized: requestCert && isClientRequired },
    context: found.now,
    onChange: found.onChange,
    look: found.look,
    close: found.close,
  }
}

/** Throws where a key is not that of its certificate: of two files one may be written before the other. */
function contextIn(texts: Readonly<Record<string, Buffer>>): SecureContextOptions {
  const { K2_TLS_CERT: cert, K2_TLS_KEY: key, K2_TLS_CLIENT_CA: ca } = texts
  const context = { cert, key, ...(ca !== undefined && { ca }), minVersion: 'TLSv1.2' as const }
  createSecureContext(context)
  for (const one of [cert, ca]) if (one !== undefined) new X509Certificate(one)
  return context
}

/** gRPC's credentials of a server, which hand a new context on. */
export class ReadAgainCredentials extends ServerCredentials {
  constructor(tls: ServerTls) {
    super(tls.options, tls.context())
    tls.onChange((context) => this.updateSecureContextOptions(context))
  }

  _equals(other: ServerCredentials): boolean {
    return this === other
  }
}

const certificates = new WeakMap<TLSSocket, Presented['certificate'] | null>()

/** Of a connection over HTTP; undefined where the handshake has verified none. */
export function certificateOf(socket: unknown): Certificate | undefined {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>
  if (authorized !== true || getPeerCertificate === undefined) return undefined
  const tls = socket as TLSSocket
  const known = certificates.get(tls)
  if (known !== undefined) return known ?? undefined
  const found = certificateIn(tls.getPeerCertificate())
  certificates.set(tls, found ?? null)
  return found
}

export function certificateIn(
  peer: { readonly subject?: { readonly CN?: string | string[] }; readonly valid_to?: string } | undefined,
): Certificate | undefined {
  const { subject, valid_to: validTo } = peer ?? {}
  const commonName = [subject?.CN].flat()[0]
  return commonName === undefined || validTo === undefined ? undefined : { commonName, untilMs: Date.parse(validTo) }
}
