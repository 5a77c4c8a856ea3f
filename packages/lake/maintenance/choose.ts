/**
 * Which data files to compact. Files of a day and bucket stand in tiers, each eight times the size of the one below;
 * where a tier is full its files become one of the next. So a partition keeps few files however many commits there
 * are, and a row is written anew once a tier, not at every pass.
 *
 *   shape   (files, limits) -> groups, each to become one file; pure
 *   source  size-tiered compaction, O'Neil et al., "The log-structured merge-tree", 1996
 */
import type { TableFile } from '../table.ts'

export interface CompactionLimits {
  /** So many files of a tier make it full; 2 takes together whatever there is. */
  readonly tierFiles: number
  /** No file is made larger; one of half this size is left alone. */
  readonly targetBytes: number
  readonly groupFilesMax: number
}

export const COMPACTION: CompactionLimits = { tierFiles: 8, targetBytes: 128 * 2 ** 20, groupFilesMax: 1_000 }

export interface Group {
  readonly day: number | null
  readonly bucket: number
  readonly files: readonly TableFile[]
}

const FIRST_TIER_BYTES = 16 * 2 ** 10
const TIER_FACTOR = 8

/** Those with the most files first: there readers gain most. */
export function chooseGroups(files: readonly TableFile[], limits: CompactionLimits = COMPACTION): Group[] {
  const partitions = Map.groupBy(files, ({ day, bucket }) => `${day}/${bucket}`)
  const groups: Group[] = []
  for (const members of partitions.values()) {
    const { day, bucket } = members[0]!
    // Of another partition spec: not ours to place.
    if (day === undefined || bucket === undefined) continue
    const small = members.filter(({ sizeBytes }) => sizeBytes < limits.targetBytes / 2)
    for (const tier of full(small, limits))
      for (const part of cut(tier, limits)) groups.push({ day, bucket, files: part })
  }
  return groups.sort((a, b) => b.files.length - a.files.length)
}

function full(small: readonly TableFile[], { tierFiles }: CompactionLimits): TableFile[][] {
  if (tierFiles <= 2) return small.length >= 2 ? [[...small]] : []
  const tiers = Map.groupBy(small, tierOf)
  const top = Math.max(-1, ...[...tiers].filter(([, tier]) => tier.length >= tierFiles).map(([tier]) => tier))
  // What lies below a full tier goes along: it costs little, and saves its own turn.
  const taken = small.filter((file) => tierOf(file) <= top)
  return taken.length === 0 ? [] : [taken]
}

const tierOf = ({ sizeBytes }: TableFile): number =>
  Math.max(0, Math.floor(Math.log(sizeBytes / FIRST_TIER_BYTES) / Math.log(TIER_FACTOR)) + 1)

/** Small ones first; a part of one file is none. */
function* cut(files: readonly TableFile[], limits: CompactionLimits): Generator<TableFile[]> {
  let part: TableFile[] = []
  let bytes = 0
  for (const file of files.toSorted((a, b) => a.sizeBytes - b.sizeBytes)) {
    const isFull = part.length >= limits.groupFilesMax || bytes + file.sizeBytes > limits.targetBytes
    if (isFull && part.length > 0) {
      if (part.length > 1) yield part
      part = []
      bytes = 0
    }
    part.push(file)
    bytes += file.sizeBytes
  }
  if (part.length > 1) yield part
}
