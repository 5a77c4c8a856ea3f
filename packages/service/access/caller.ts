/** How a process asks others: by TLS where an authority is named, with its key or certificate where it has one. */
import { readFileSync } from 'node:fs'
import { type ChannelCredentials, credentials } from '@grpc/grpc-js'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Secret } from '../settings.ts'

export interface CallerSettings {
  readonly apiKey?: Secret | undefined
  readonly tlsCaFile?: string | undefined
  readonly tlsCertFile?: string | undefined
  readonly tlsKeyFile?: string | undefined
}

/** What a client of gRPC is given beside its address. */
export interface Caller {
  readonly credentials: ChannelCredentials
  readonly headers: Readonly<Record<string, string>>
}

export const ANYONE: Caller = { credentials: credentials.createInsecure(), headers: {} }

/** Errors: SETTINGS_INVALID where a file cannot be read. Files are read once: a new certificate is shown by a next start. */
export function callerOf({ apiKey, tlsCaFile, tlsCertFile, tlsKeyFile }: CallerSettings): Caller {
  const headers = apiKey === undefined ? ANYONE.headers : { 'x-api-key': apiKey.reveal() }
  if (tlsCaFile === undefined) return { ...ANYONE, headers }
  const ca = fileOf('K2_TLS_CA', tlsCaFile)
  const hasOwn = tlsCertFile !== undefined && tlsKeyFile !== undefined
  const own = hasOwn ? ([fileOf('K2_TLS_KEY', tlsKeyFile), fileOf('K2_TLS_CERT', tlsCertFile)] as const) : []
  return { credentials: credentials.createSsl(ca, ...own), headers }
}

function fileOf(setting: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new K2Error('SETTINGS_INVALID', `${setting} is ${path}, and cannot be read: ${(error as Error).message}.`)
  }
}
