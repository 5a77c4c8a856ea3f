/**
 * What a dead-letter topic holds: the record or row that could not be taken, why, and where it stood. The key names
 * that place, so a letter that is sent again folds into the first.
 *
 * A row that the loader refuses and a message that the gateway cannot read never had an offset: each is a record of its own
 * here and nothing else. A record
 * of the log that the sink cannot land leaves a hole of the table's offsets beside its letter. Somebody who gives such
 * records up leaves a letter of that, too: snapshots expire, and who it was should be known longer.
 */
export type DeadLetter = FileLetter | FeedLetter | LogLetter | Acceptance

export interface FileLetter {
  readonly origin: 'file'
  readonly file: string
  /** Digest of the file's content, its name being no identity. */
  readonly digest: string
  readonly line: number
  readonly code: string
  readonly reason: string
  readonly raw: Uint8Array
}

/** A message of a live feed. */
export interface FeedLetter {
  readonly origin: 'feed'
  /** Where it came from: the host and path of a socket or of a request. */
  readonly feed: string
  /** Of the message: one that comes twice folds into the first. */
  readonly digest: string
  readonly receivedMicros: number
  readonly code: string
  readonly reason: string
  readonly raw: Uint8Array
}

export interface LogLetter {
  readonly origin: 'log'
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly code: string
  readonly reason: string
  readonly raw: Uint8Array | null
}

/** Records [from, to) are lost, and somebody says so. */
export interface Acceptance {
  readonly origin: 'accepted'
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
  readonly who: string
  readonly why: string
}

/** A letter keeps this much of what it is about. */
export const RAW_BYTES_MAX = 65_536

export function letterKey(letter: DeadLetter): string {
  switch (letter.origin) {
    case 'file':
      return `${letter.digest}/${letter.line}`
    case 'feed':
      return `feed/${letter.digest}`
    case 'log':
      return `${letter.topic}/${letter.partition}/${letter.offset}`
    case 'accepted':
      return `${letter.topic}/${letter.partition}/${letter.from}-${letter.to}/accepted`
  }
}

export function encodeLetter(letter: DeadLetter): Buffer {
  const text = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  if (letter.origin === 'accepted') return Buffer.from(JSON.stringify(letter, text))
  const { raw, ...rest } = letter
  const kept = raw?.subarray(0, RAW_BYTES_MAX)
  const bytes = { raw_base64: kept ? Buffer.from(kept).toString('base64') : null, raw_bytes: raw?.length ?? null }
  return Buffer.from(JSON.stringify({ ...rest, ...bytes }, text))
}

/** Of what never had an offset. */
const OWN = ['file', 'feed']

/** As it was stored: of a large record `raw` is only the beginning of `rawBytes`. */
export type StoredLetter = Acceptance | ((FileLetter | FeedLetter | LogLetter) & { readonly rawBytes: number | null })

/** undefined: no letter of ours. Older ones have no code, which is empty then. */
export function decodeLetter(bytes: Uint8Array): StoredLetter | undefined {
  try {
    const { raw_base64, raw_bytes, ...rest } = JSON.parse(Buffer.from(bytes).toString())
    const raw = typeof raw_base64 === 'string' ? Buffer.from(raw_base64, 'base64') : null
    const kept = { code: '', ...rest, raw, rawBytes: raw_bytes ?? null }
    if (rest.origin === 'accepted') return { ...rest, from: BigInt(rest.from), to: BigInt(rest.to) }
    if (rest.origin === 'log') return { ...kept, offset: BigInt(rest.offset) }
    return OWN.includes(rest.origin) ? { ...kept, raw: raw ?? Buffer.alloc(0) } : undefined
  } catch {
    return undefined
  }
}
