/** How a process asks others: by TLS where an authority is named, with its key or certificate where it has one. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { type ChannelCredentials, type ChannelOptions, credentials } from '@grpc/grpc-js'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Secret } from '../settings.ts'

export interface CallerSettings {
  readonly apiKey?: Secret | undefined
  readonly tlsCaFile?: string | undefined
  readonly tlsCertFile?: string | undefined
  readonly tlsKeyFile?: string | undefined
}

/** What a client of gRPC at this host:port is given beside it. */
export type Caller = (address: string) => {
  readonly credentials?: ChannelCredentials
  readonly headers?: Readonly<Record<string, string>>
  readonly channel?: ChannelOptions
}

export const ANYONE: Caller = () => ({})

/** Errors: SETTINGS_INVALID where a file cannot be read. Files are read once: a new certificate is shown by a next start. */
export function callerOf({ apiKey, tlsCaFile, tlsCertFile, tlsKeyFile }: CallerSettings): Caller {
  const headers = apiKey === undefined ? {} : { 'x-api-key': apiKey.reveal() }
  if (tlsCaFile === undefined) return () => ({ headers })
  const ca = fileOf('K2_TLS_CA', tlsCaFile)
  const hasOwn = tlsCertFile !== undefined && tlsKeyFile !== undefined
  const own = hasOwn ? ([fileOf('K2_TLS_KEY', tlsKeyFile), fileOf('K2_TLS_CERT', tlsCertFile)] as const) : [null, null]
  return (address) => ({ headers, ...secure(address, ca, own) })
}

/**
 * A server that is asked by its number is held to that number. TLS has no way to send one as the server's name, and Node warns
 * where the library tries: some name goes in its place, which decides nothing.
 */
function secure(address: string, ca: Buffer, [key, cert]: readonly [Buffer | null, Buffer | null] | readonly null[]) {
  const host = address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) === 0) return { credentials: credentials.createSsl(ca, key, cert) }
  const verify = { checkServerIdentity: (_: string, shown: PeerCertificate) => checkServerIdentity(host, shown) }
  return {
    credentials: credentials.createSsl(ca, key, cert, verify),
    channel: { 'grpc.ssl_target_name_override': 'localhost' },
  }
}

function fileOf(setting: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new K2Error('SETTINGS_INVALID', `${setting} is ${path}, and cannot be read: ${(error as Error).message}.`)
  }
}
