/**
 * What a dead-letter topic holds: the record or row that could not be taken, why, and where it stood. The key names
 * that place, so a letter that is sent again folds into the first.
 *
 * A row that the loader refuses never had an offset: it is a record of the loader's own here and nothing else. A record
 * of the log that the sink cannot land leaves a hole of the table's offsets beside its letter.
 */
export type DeadLetter =
  | {
      readonly origin: 'file'
      readonly file: string
      /** Digest of the file's content, its name being no identity. */
      readonly digest: string
      readonly line: number
      readonly reason: string
      readonly raw: Uint8Array
    }
  | {
      readonly origin: 'log'
      readonly topic: string
      readonly partition: number
      readonly offset: bigint
      readonly reason: string
      readonly raw: Uint8Array | null
    }

/** A letter keeps this much of what it is about. */
export const RAW_BYTES_MAX = 65_536

export function letterKey(letter: DeadLetter): string {
  return letter.origin === 'file'
    ? `${letter.digest}/${letter.line}`
    : `${letter.topic}/${letter.partition}/${letter.offset}`
}

export function encodeLetter(letter: DeadLetter): Buffer {
  const { raw, ...rest } = letter
  const kept = raw?.subarray(0, RAW_BYTES_MAX)
  return Buffer.from(
    JSON.stringify({
      ...rest,
      ...('offset' in rest && { offset: String(rest.offset) }),
      raw_base64: kept ? Buffer.from(kept).toString('base64') : null,
      raw_bytes: raw?.length ?? null,
    }),
  )
}
