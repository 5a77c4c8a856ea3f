/**
 * A pass of compaction: small files of a day and bucket become one, and several such changes one commit.
 *
 *   files ─► choose ─► rewrite and verify (worker) ─► store ─► table.upkeep.replace
 *
 * Until the commit the new files are nobody's; the old ones stay for readers until their snapshots are dropped.
 */
import { type LocalFiles, overFiles } from '../store/files.ts'
import type { Store } from '../store/store.ts'
import type { DataFile, Table } from '../table.ts'
import { COMPACTION, type CompactionLimits, chooseGroups, type Group } from './choose.ts'

export interface RewriteRequest {
  readonly table: string
  readonly sources: readonly string[]
  readonly day: number | null
  readonly bucket: number
  /** By the sources' manifests. */
  readonly rows: number
  /** Local folder that takes the file, and its name there. */
  readonly folder: string
  readonly name: string
}

export interface Rewriter {
  /** The new file, verified; its path is relative to the folder. */
  rewrite(request: RewriteRequest): Promise<DataFile>
}

export interface CompactPorts {
  readonly table: Table
  readonly store: Store
  readonly rewriter: Rewriter
  readonly files: LocalFiles
  readonly stagingFolder: string
  /** Names that nobody else has. */
  readonly uuid: () => string
}

export interface Compacted {
  readonly filesBefore: number
  readonly filesAfter: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly commits: number
  /** Commits that came too late: another compaction, or a deletion, was there first. */
  readonly lost: number
  /** Another engine has deleted single rows, beside the data files: these stay as they are, or the rows would be back. */
  readonly deletesRows: boolean
}

/** So many new files a commit: work is in early, and a conflict costs little. */
const GROUPS_PER_COMMIT = 64
/** Beyond it, manifests are taken together even where no file is. */
const MANIFESTS_MAX = 32

export async function compact(
  ports: CompactPorts,
  signal: AbortSignal,
  limits: CompactionLimits = COMPACTION,
): Promise<Compacted> {
  const { upkeep } = ports.table
  const deletesRows = async () => (await upkeep.manifests()).deletes > 0
  const none = { filesBefore: 0, filesAfter: 0, bytesBefore: 0, bytesAfter: 0, commits: 0, lost: 0 }
  const sum = { ...none, deletesRows: await deletesRows() }
  const groups = sum.deletesRows ? [] : chooseGroups(await upkeep.files(), limits)
  for (let at = 0; at < groups.length && !sum.deletesRows; at += GROUPS_PER_COMMIT) {
    const some = groups.slice(at, at + GROUPS_PER_COMMIT)
    const added: DataFile[] = []
    for (const group of some) {
      signal.throwIfAborted()
      added.push(await rewritten(ports, group, signal))
    }
    const removed = some.flatMap(({ files }) => files)
    const isIn = await upkeep.replace({ id: ports.uuid(), removed: removed.map(({ path }) => path), added })
    if (!isIn) {
      sum.lost++
      sum.deletesRows = await deletesRows()
      await Promise.allSettled(added.map(({ path }) => ports.store.delete(path)))
      continue
    }
    sum.commits++
    sum.filesBefore += removed.length
    sum.filesAfter += added.length
    sum.bytesBefore += removed.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
    sum.bytesAfter += added.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
  }
  if (groups.length === 0 && (await upkeep.manifests()).small > MANIFESTS_MAX) {
    await upkeep.replace({ id: ports.uuid(), removed: [], added: [] })
    sum.commits++
  }
  return sum
}

async function rewritten(ports: CompactPorts, group: Group, signal: AbortSignal): Promise<DataFile> {
  const { table, store, rewriter, stagingFolder } = ports
  const { day, bucket, files } = group
  const target = { day, bucket, rows: files.reduce((sum, file) => sum + file.rows, 0), folder: stagingFolder }
  const file = await overFiles(ports.files, files, signal, (sources) =>
    rewriter.rewrite({ table: table.spec.name, sources, ...target, name: ports.uuid() }),
  )
  const path = `${table.location}/data/${file.path}`
  await store.publish(`${stagingFolder}/${file.path}`, path)
  return { ...file, path }
}
