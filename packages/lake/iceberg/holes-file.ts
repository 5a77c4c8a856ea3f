/**
 * Holes that are many, in a file of their own: every snapshot that is kept repeats its summary in the table's metadata,
 * which each commit writes and each look reads.
 *
 *   k2.holes  as text (progress.ts), or {"file": location}
 *   file      <table>/metadata/k2-holes-<by chance>-crc32-<of its bytes>.json: that text. Immutable, and written once for
 *             each set of holes. Were its name made of its content alone, holes that come back after a back-fill would
 *             name a file that is just being deleted with the snapshots of before
 *
 *   errors    K2Error LAKE_DAMAGED naming the file, LAKE_UNAVAILABLE
 *   source    SPEC.md 1, "A hole"
 */
import { crc32 } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'
import { joined, normalised } from '../store/location.ts'
import { REMEDY } from '../store/remedy.ts'
import type { Store } from '../store/store.ts'
import type { Head, Hole, Intent } from '../table.ts'
import { FileCache } from './cache.ts'
import { headId } from './history.ts'
import { holesText } from './holes.ts'
import type { TableMetadata } from './metadata.ts'
import { readNamed } from './named.ts'
import { HOLES, headSaid, headWith, readHoles, readProgress, type Said, saidAgain, saidAt } from './progress.ts'
import { hex, type Random } from './random.ts'

/** About 60 holes: as much as the offsets and last records of 30 partitions take in the same summary. */
const INLINE_BYTES_MAX = 4_096
/** Holes of files in memory, about 200 bytes each. */
const HOLES_MAX = 200_000

const NAMED = /-crc32-([0-9a-f]{8})\.json$/

/** Of a summary or of properties; undefined where these have no holes, or say them. */
export function holesFileOf(texts: Readonly<Record<string, string>>): string | undefined {
  const text = texts[HOLES]
  if (text === undefined || !text.startsWith('{')) return undefined
  try {
    const { file } = JSON.parse(text) as { file?: unknown }
    return typeof file === 'string' ? normalised(file) : undefined
  } catch {
    return undefined // it names nothing, and is damage to who asks for the holes
  }
}

/** Where tables stand. */
export interface Heads {
  head(metadata: TableMetadata): Promise<Head>
  headAt(metadata: TableMetadata, snapshotId: bigint): Promise<Head>
}

export function headsOf(store: Store): Heads {
  const files = new FileCache<readonly Hole[]>(HOLES_MAX, (holes) => holes.length)

  async function head(metadata: TableMetadata, id: bigint | null, said: Said): Promise<Head> {
    const file = holesFileOf(said.texts)
    if (file === undefined) return headWith(metadata, id, readProgress(said))
    const holes = await files.get(file, () => readHolesFile(store, file))
    return headWith(metadata, id, { ...readProgress(said, '[]'), holes })
  }

  return {
    head: async (metadata) => head(metadata, headId(metadata), headSaid(metadata)),
    headAt: async (metadata, id) => head(metadata, id, saidAt(metadata, id)),
  }
}

export async function readHolesFile(store: Store, location: string): Promise<Hole[]> {
  const bytes = await readNamed(store, location)
  const [is, ought] = [checksumOf(bytes), NAMED.exec(location)?.[1]]
  if (is === ought) return readHoles(Buffer.from(bytes).toString('utf8'))
  const why = ought === undefined ? 'its name has no checksum' : `its checksum is ${is}, not the ${ought} of its name`
  throw new K2Error('LAKE_DAMAGED', `The file of holes ${location} is damaged: ${why}. ${REMEDY}`, { path: location })
}

const checksumOf = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0')

export interface HolesPorts {
  readonly store: Store
  readonly random: Random
  /** Holes whose text has more bytes lie in a file; `INLINE_BYTES_MAX` by default. */
  readonly holesInlineBytesMax?: number
}

/**
 * What a commit says of its holes. Are they those of before, it says the same again; attempts with the same holes share
 * a file, which goes into `prepared`.
 */
export function holesSaying(
  { store, random, holesInlineBytesMax = INLINE_BYTES_MAX }: HolesPorts,
  prepared: string[],
): (metadata: TableMetadata, intent: Intent, holes: readonly Hole[]) => Promise<string> {
  let written: { readonly text: string; readonly file: string } | undefined
  return async (metadata, { holesAdded, holesStruck }, holes) => {
    if (holesAdded.length + holesStruck.length === 0) return saidAgain(headSaid(metadata))[HOLES]
    const text = holesText(holes)
    const bytes = Buffer.from(text)
    if (holes.length === 0 || bytes.length <= holesInlineBytesMax) return text
    if (written?.text !== text) {
      const name = `k2-holes-${hex(random, 16)}-crc32-${checksumOf(bytes)}.json`
      const file = joined(metadata.location, 'metadata', name)
      await store.write(file, bytes)
      prepared.push(file)
      written = { text, file }
    }
    return JSON.stringify({ file: written.file })
  }
}
