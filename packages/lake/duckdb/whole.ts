/**
 * Data files that carry the checksum of their bytes in their names: `…-crc32-1a2b3c4d.parquet`. DuckDB writes no
 * checksum into Parquet and looks at none, and a bit that flips inside a compressed page may come out as another price;
 * some damage even ends DuckDB's process. So a file is read whole and checked before the first question that needs it.
 *
 *   shape   files of others, without such a name, are taken as they are
 *   errors  K2Error LAKE_DAMAGED naming the file
 */
import { readFileSync, statSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { HeldMemory } from '../memory.ts'
import type { DataFile } from '../table.ts'
import { unreadable } from './errors.ts'

const NAMED = /-crc32-([0-9a-f]{8})\.parquet$/
const CHUNK_BYTES = 1 << 20
const SMALL_BYTES = 64 << 10
const READS_AT_ONCE = 4
/** Paths that are remembered; past it all are forgotten, and checked again. */
const KNOWN_MAX = 200_000
/** What one takes, about. */
export const PATH_BYTES = 200

/** What it holds is known by its name. */
export const carriesChecksum = (path: string): boolean => NAMED.test(path)

const hex = (checksum: number): string => checksum.toString(16).padStart(8, '0')

/** The path of a file by what it holds. */
export const namedBy = (path: string, checksum: number): string =>
  path.replace(/\.parquet$/, `-crc32-${hex(checksum)}.parquet`)

async function checksumOf(path: string): Promise<number> {
  // A turn on libuv's threads costs more than such a file does.
  if (statSync(path).size <= SMALL_BYTES) return crc32(readFileSync(path))
  const file = await open(path)
  try {
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, (await file.stat()).size + 1))
    let checksum = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return checksum
      checksum = crc32(buffer.subarray(0, bytesRead), checksum)
    }
  } finally {
    await file.close()
  }
}

/** Renames a freshly written file, whose path is relative to the folder, to what it holds. */
export async function named(folder: string, file: DataFile): Promise<DataFile> {
  const from = join(folder, file.path)
  const path = namedBy(file.path, await checksumOf(from))
  await rename(from, join(folder, path))
  return { ...file, path }
}

export class WholeFiles {
  readonly #known = new Set<string>()

  /** Checks those that have not been checked yet. */
  async check(paths: readonly string[], throwIfEnded: () => void): Promise<void> {
    const fresh = paths.filter((path) => !this.#known.has(path) && carriesChecksum(path))
    for (let at = 0; at < fresh.length; at += READS_AT_ONCE) {
      // Others may come in between, an end too.
      if (at > 0) await setImmediate()
      throwIfEnded()
      await Promise.all(fresh.slice(at, at + READS_AT_ONCE).map((path) => this.#checkOne(path)))
    }
  }

  held(): HeldMemory {
    return { bytes: this.#known.size * PATH_BYTES, bytesMax: KNOWN_MAX * PATH_BYTES }
  }

  async #checkOne(path: string): Promise<void> {
    const ought = NAMED.exec(path)?.[1]
    const is = await checksumOf(path).then(hex, (cause) => {
      throw unreadable(path, cause)
    })
    if (is !== ought) throw unreadable(path, `its checksum is ${is}, not the ${ought} of its name`)
    if (this.#known.size >= KNOWN_MAX) this.#known.clear()
    this.#known.add(path)
  }
}
