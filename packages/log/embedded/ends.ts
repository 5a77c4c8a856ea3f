/**
 * The note beside the log: how far it has acknowledged each partition. SQLite takes a journal that was cut or is gone
 * for one that ends there, and opens the log as it was before; the note tells that from a log that is whole.
 *
 * It is written behind a commit's fsync and before its acknowledgement, with no fsync of its own: so it never comes to
 * disk before what it speaks of, and neither kill -9 nor a power cut leaves it ahead of the log. A note that is torn,
 * old or gone refuses nothing, and is written anew.
 *
 *   shape   the end of the partition of id i as an int64 at i * 8, little endian; behind them their CRC-32C
 *   errors  LOG_DAMAGED: the log ends before its note; those of node:fs, untranslated, when it is opened
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { crc32c } from '../crc32c.ts'
import type { PartitionName } from '../recordbatch.ts'

const FILE = 'log.ends'
const END_BYTES = 8
const CHECKSUM_BYTES = 4

export interface EndOf extends PartitionName {
  readonly id: bigint
  readonly end: bigint
}

export class NotedEnds {
  readonly #folder: string
  readonly #file: number
  /** What the file holds, or will once it is written again. */
  #bytes: Buffer

  constructor(folder: string) {
    this.#folder = folder
    this.#file = openSync(join(folder, FILE), constants.O_RDWR | constants.O_CREAT, 0o644)
    this.#bytes = wholeOr(readFileSync(this.#file), Buffer.alloc(CHECKSUM_BYTES))
  }

  /** LOG_DAMAGED where a partition ends before what was acknowledged of it. */
  check(partitions: readonly EndOf[]): void {
    const ends = new Map(partitions.map((partition) => [Number(partition.id), partition]))
    const behind: { at: number; noted: bigint; found: EndOf | undefined }[] = []
    for (let at = 0; at < this.#count(); at++) {
      const noted = this.#bytes.readBigInt64LE(at * END_BYTES)
      const found = ends.get(at)
      if (noted > (found?.end ?? 0n)) behind.push({ at, noted, found })
    }
    if (behind.length === 0) return
    const missing = behind.reduce((sum, { noted, found }) => sum + noted - (found?.end ?? 0n), 0n)
    const { at, noted, found } = behind[0]!
    const name = found === undefined ? `partition ${at} of the log` : `${found.topic}/${found.partition}`
    const more = behind.length === 1 ? '' : `, and ${behind.length - 1} more partitions likewise`
    throw new K2Error(
      'LOG_DAMAGED',
      `The log in ${this.#folder} has lost ${missing} records that it had acknowledged: ${name} ended at offset ${noted} and now ends at ${found?.end ?? 0n}${more}. ` +
        'log.sqlite or log.sqlite-wal was cut, deleted, or replaced by an older copy. Restore both from one copy; or, to go on without those records, ' +
        `delete ${join(this.#folder, FILE)}.`,
      { folder: this.#folder, missing: String(missing) },
    )
  }

  /** Those partitions end there, durably. */
  write(ends: readonly EndOf[]): void {
    for (const { id, end } of ends) this.#put(Number(id), end)
    const at = this.#bytes.length - CHECKSUM_BYTES
    this.#bytes.writeUInt32LE(crc32c(this.#bytes, 0, at), at)
    try {
      writeSync(this.#file, this.#bytes, 0, this.#bytes.length, 0)
    } catch {
      // The records are in, and failing now would have them sent again: the note stays behind until the next one.
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #count(): number {
    return (this.#bytes.length - CHECKSUM_BYTES) / END_BYTES
  }

  #put(id: number, end: bigint): void {
    if (id >= this.#count()) {
      const longer = Buffer.alloc((id + 1) * END_BYTES + CHECKSUM_BYTES)
      this.#bytes.copy(longer, 0, 0, this.#bytes.length - CHECKSUM_BYTES)
      this.#bytes = longer
    }
    this.#bytes.writeBigInt64LE(end, id * END_BYTES)
  }
}

function wholeOr(bytes: Buffer, otherwise: Buffer): Buffer {
  const at = bytes.length - CHECKSUM_BYTES
  const isWhole = at >= 0 && at % END_BYTES === 0 && crc32c(bytes, 0, at) === bytes.readUInt32LE(at)
  return isWhole ? bytes : otherwise
}
