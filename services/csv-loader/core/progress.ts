/**
 * What k2.loader.progress holds for a file: how far it has come, and where the log ended then. Its key is the content's
 * digest, so that a name or a compression makes no other file.
 *
 *   shape   value <-> JSON bytes
 */
export interface FileProgress {
  readonly path: string
  readonly status: 'running' | 'done'
  readonly rows: number
  readonly sent: number
  readonly skipped: number
  readonly rejected: number
  /**
   * The log's end in the symbol's partition: what was sent after this note lies at or behind it. null of a file whose
   * rows are of many symbols.
   */
  readonly logEnd: bigint | null
}

export interface FileIdentity {
  readonly digest: string
  readonly exchange: string
  readonly type: string
  readonly symbol: string
}

export const progressKey = ({ digest, exchange, type, symbol }: FileIdentity): string =>
  `${exchange}/${type}/${symbol}/${digest}`

export function encodeProgress(progress: FileProgress): Buffer {
  const { logEnd, ...rest } = progress
  return Buffer.from(JSON.stringify({ ...rest, log_end: logEnd === null ? null : String(logEnd) }))
}

export function decodeProgress(bytes: Uint8Array): FileProgress {
  const { log_end, ...rest } = JSON.parse(Buffer.from(bytes).toString())
  return { ...rest, logEnd: log_end === null ? null : BigInt(log_end) }
}
