/**
 * What keeps a table healthy: files put in the place of others, manifests taken together, old snapshots dropped. Offsets
 * and holes stay what they are, and are said again by the snapshot, so that it can be asked about for itself.
 *
 *   errors  K2Error LAKE_UNAVAILABLE, COMMIT_UNKNOWN, LAKE_DAMAGED, LAKE_DISAGREES
 *   source  Iceberg spec v2, "Snapshots" (operation replace), "Snapshot Retention Policy"
 */
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { TableName } from '../catalog.ts'
import { normalised } from '../store/location.ts'
import type { Named, Replacement, TableFile, Upkeep } from '../table.ts'
import { type AppendPorts, counted, isLive, type NewManifest, storeEntries, storeList } from './append.ts'
import { MAIN } from './apply.ts'
import { attempts, type Change, isCode, type Step } from './attempts.ts'
import { ownSpec, SORT_ORDER_ID } from './create.ts'
import { headId, lineage, snapshotOf } from './history.ts'
import { holesFileOf } from './holes-file.ts'
import { addedEntry, type ManifestEntry } from './manifest.ts'
import type { ManifestFile } from './manifest-list.ts'
import type { SnapshotJson, TableMetadata } from './metadata.ts'
import type { Planner } from './plan.ts'
import { headSaid, lostOf, repeatsOf, SNAPSHOT_ID, saidAgain } from './progress.ts'
import { hex, snapshotIdOutside } from './random.ts'
import { deletedEntry, deletesRows, runs, smallOf, touched } from './rewrite.ts'
import { type Content, type Counted, snapshotRequest } from './snapshot.ts'

const REWRITE_ID = 'k2.rewrite-id'

export function upkeepOf(
  ports: AppendPorts,
  name: TableName,
  plans: Planner,
  load: () => Promise<TableMetadata>,
): Upkeep {
  return {
    async files() {
      const metadata = await load()
      const manifests = await dataManifests(plans, metadata)
      const files = await Promise.all(manifests.map((manifest) => filesOf(ports.spec, plans, metadata, manifest)))
      return files.flat()
    },
    lost: async () => lostOf(await load()),
    repeats: async () => repeatsOf(await load()),
    async manifests() {
      const metadata = await load()
      const live = (await plans.manifests(metadata, headId(metadata))).filter(isLive)
      const small = smallOf(live, ownSpec(metadata, ports.spec)!['spec-id']).length
      return { all: live.length, small, deletes: live.filter(deletesRows).length }
    },
    replace: (replacement) => attempts(ports, name, load, replacing(ports, plans, replacement)),
    async expire(ids, note) {
      const metadata = await load()
      const dropping = droppable(metadata, ids)
      if (dropping.length === 0) return
      const freed = async (gone: readonly SnapshotJson[], kept: TableMetadata) =>
        without(await namedBy(plans, metadata, gone), await namedNow(plans, kept))
      const expected = dropped(metadata, dropping)
      const noted = await freed(dropping, expected)
      await note(noted)
      const after = await tillDropped(dropping, load, () => attempts(ports, name, load, expiring(ids)))
      // What these and another's share, who dropped his meanwhile, neither found to be named by his own alone.
      const gone = dropping.filter(({ 'snapshot-id': id }) => snapshotOf(after, id) === undefined)
      const isAlone = expected.snapshots!.every(({ 'snapshot-id': id }) => snapshotOf(after, id) !== undefined)
      if (!isAlone) await note(without(await freed(gone, after), noted))
    },
    async named() {
      const metadata = await load()
      return { ...(await namedNow(plans, metadata)), metadata: metadataFiles(metadata) }
    },
  }
}

async function dataManifests(plans: Planner, metadata: TableMetadata): Promise<ManifestFile[]> {
  const manifests = await plans.manifests(metadata, headId(metadata))
  return manifests.filter((manifest) => isLive(manifest) && manifest.content === 'data')
}

async function filesOf(
  spec: TableSpec,
  plans: Planner,
  metadata: TableMetadata,
  manifest: ManifestFile,
): Promise<TableFile[]> {
  const isOurs = manifest.specId === ownSpec(metadata, spec)?.['spec-id']
  return (await plans.filesOf(metadata, manifest)).map(({ path, sizeBytes, rows, day, bucket }) => ({
    path: normalised(path),
    sizeBytes,
    rows,
    day: spec.dayOf === null ? null : isOurs ? day : undefined,
    bucket: isOurs ? bucket : undefined,
  }))
}

/** The replacement's manifests are written for each attempt anew where the ones that they stand for have changed. */
function replacing(ports: AppendPorts, plans: Planner, { id, removed, added }: Replacement): Change<boolean> {
  const { spec, store, random, now } = ports
  const prepared: string[] = []
  const gone = new Set(removed)
  let written: { readonly from: readonly string[]; readonly manifests: readonly NewManifest[] } | undefined
  let counts: { readonly added: readonly Counted[]; readonly removed: readonly Counted[] } | undefined

  async function step(metadata: TableMetadata): Promise<Step<boolean>> {
    if (isIn(metadata, id)) return { kind: 'ended', outcome: true, isIn: true }
    const manifests = (await plans.manifests(metadata, headId(metadata))).filter(isLive)
    if (gone.size > 0 && manifests.some(deletesRows)) return { kind: 'ended', outcome: false, isIn: false }
    const chosen = touched(manifests, ownSpec(metadata, spec)!['spec-id'], await holders(metadata, manifests))
    const from = [...chosen].map(({ path }) => path)
    if (written === undefined || from.join() !== written.from.join()) {
      const entries = (await Promise.all([...chosen].map((manifest) => plans.entriesOf(manifest)))).flat()
      const leaving = entries.filter(({ path }) => gone.has(normalised(path)))
      if (leaving.length !== gone.size) return { kind: 'ended', outcome: false, isIn: false }
      counts = { added: added.map(counted), removed: leaving.map(countedEntry) }
      written = { from, manifests: await write(metadata, entries, leaving) }
      prepared.push(...written.manifests.map(({ path }) => path))
    }
    return attempt(
      metadata,
      manifests.filter((manifest) => !chosen.has(manifest)),
    )
  }

  /** By the files that planning knows: only what must be is read whole. */
  async function holders(metadata: TableMetadata, manifests: readonly ManifestFile[]) {
    const holding = new Set<ManifestFile>()
    for (const manifest of gone.size === 0 ? [] : manifests.filter(({ content }) => content === 'data')) {
      const files = await plans.filesOf(metadata, manifest)
      if (files.some(({ path }) => gone.has(normalised(path)))) holding.add(manifest)
    }
    return (manifest: ManifestFile) => holding.has(manifest)
  }

  async function write(metadata: TableMetadata, entries: readonly ManifestEntry[], leaving: readonly ManifestEntry[]) {
    const partitions = ownSpec(metadata, spec)!
    const left = new Set(leaving)
    const staying = entries.filter((entry) => !left.has(entry))
    const coming = added.map((file) => addedEntry(file, partitions, SORT_ORDER_ID))
    const ids = partitions.fields.map((field) => field['field-id'])
    const parts = [...runs([...coming, ...staying], ids)]
    if (leaving.length > 0) parts.push(leaving.map(deletedEntry))
    const name = hex(random, 16)
    return Promise.all(
      parts.map(async (part, index) => {
        const manifest = await storeEntries(store, metadata, partitions, part, `${name}-m${index}`)
        return { ...manifest, ...oldest(part) }
      }),
    )
  }

  async function attempt(metadata: TableMetadata, staying: readonly ManifestFile[]): Promise<Step<boolean>> {
    const snapshotId = snapshotIdOutside(metadata, random)
    const manifests = written!.manifests
    const manifestList = await storeList(store, metadata, staying, manifests, snapshotId, hex(random, 8))
    const adds = { snapshotId, manifestList }
    const content: Content = {
      operation: 'replace',
      ...counts!,
      progress: saidAgain(headSaid(metadata)),
      said: { [REWRITE_ID]: id },
      kept: {},
    }
    const request = snapshotRequest(metadata, content, { ...adds, nowMs: now() })
    return { kind: 'try', request: { ...request, adds }, outcome: () => true }
  }

  return { step, prepared }
}

const countedEntry = ({ rows, sizeBytes, partition }: ManifestEntry): Counted => ({
  rows,
  sizeBytes,
  partition: [...partition.values()].join('/'),
})

/** Entries that are new have no number yet: they get the snapshot's, which is higher than all. */
function oldest(entries: readonly ManifestEntry[]): { minSequenceNumber?: bigint } {
  const numbers = entries.flatMap(({ sequenceNumber }) => sequenceNumber ?? [])
  return numbers.length === 0 ? {} : { minSequenceNumber: numbers.reduce((a, b) => (a < b ? a : b)) }
}

function isIn(metadata: TableMetadata, id: string): boolean {
  for (const { summary } of lineage(metadata, headId(metadata))) if (summary[REWRITE_ID] === id) return true
  return false
}

function droppable(metadata: TableMetadata, ids: readonly bigint[]): SnapshotJson[] {
  const refs = Object.values(metadata.refs ?? {}).map((ref) => ref['snapshot-id'])
  const held = new Set([headId(metadata), ...refs, ...sinceNamed(metadata)])
  const wanted = new Set(ids)
  return (metadata.snapshots ?? []).filter(({ 'snapshot-id': id }) => wanted.has(id) && !held.has(id))
}

/**
 * The snapshot that the properties speak of, and what other engines have committed since. Were one of these dropped, that
 * snapshot would no longer be known for an ancestor of the head, and the table be taken for rolled back; were it dropped
 * itself, its file of holes would be named by the properties alone, and be gone at once with the next commit's.
 */
function sinceNamed(metadata: TableMetadata): bigint[] {
  const since: bigint[] = []
  for (const { 'snapshot-id': id } of lineage(metadata, headId(metadata))) {
    since.push(id)
    if (String(id) === metadata.properties[SNAPSHOT_ID]) return since
  }
  return []
}

const dropped = (metadata: TableMetadata, gone: readonly SnapshotJson[]): TableMetadata => ({
  ...metadata,
  snapshots: (metadata.snapshots ?? []).filter((snapshot) => !gone.includes(snapshot)),
})

/** Iceberg's own server refuses, with a 400, to drop what another has just dropped: then the rest is dropped. */
async function tillDropped(
  dropping: readonly SnapshotJson[],
  load: () => Promise<TableMetadata>,
  expire: () => Promise<TableMetadata>,
): Promise<TableMetadata> {
  for (let left = dropping.length; ; ) {
    try {
      return await expire()
    } catch (error) {
      if (!isCode(error, 'INTERNAL')) throw error
      const now = await load()
      const rest = dropping.filter(({ 'snapshot-id': id }) => snapshotOf(now, id) !== undefined).length
      if (rest === left) throw error
      left = rest
    }
  }
}

/** Ends with the table as it is then. */
function expiring(ids: readonly bigint[]): Change<TableMetadata> {
  return {
    prepared: [],
    async step(metadata) {
      const gone = droppable(metadata, ids).map((snapshot) => snapshot['snapshot-id'])
      if (gone.length === 0) return { kind: 'ended', outcome: metadata, isIn: true }
      const requirements = [
        { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
        { type: 'assert-ref-snapshot-id', ref: MAIN, 'snapshot-id': headId(metadata) },
      ] as const
      const updates = [{ action: 'remove-snapshots', 'snapshot-ids': gone }] as const
      return { kind: 'try', request: { requirements, updates }, outcome: (after) => after }
    },
  }
}

async function namedBy(plans: Planner, metadata: TableMetadata, snapshots: readonly SnapshotJson[]): Promise<Named> {
  const within = { ...metadata, snapshots }
  const lists = new Set<string>()
  const holes = new Set<string>()
  const manifests = new Map<string, ManifestFile>()
  for (const { 'snapshot-id': id, 'manifest-list': list, summary } of snapshots) {
    lists.add(normalised(list))
    const file = holesFileOf(summary)
    if (file !== undefined) holes.add(file)
    for (const manifest of await plans.manifests(within, id)) manifests.set(normalised(manifest.path), manifest)
  }
  const dataFiles = new Map<string, number>()
  for (const manifest of manifests.values()) {
    // Row deletes name files of their own, which count as data here: nothing of them is an orphan.
    const paths = manifest.content === 'data' ? plans.filesOf(metadata, manifest) : plans.entriesOf(manifest)
    for (const { path, sizeBytes } of await paths) dataFiles.set(normalised(path), sizeBytes)
  }
  return { lists, manifests: new Set(manifests.keys()), dataFiles, holes }
}

/** And what the properties name, which may be all that is left of the snapshot that they speak of. */
async function namedNow(plans: Planner, metadata: TableMetadata): Promise<Named> {
  const named = await namedBy(plans, metadata, metadata.snapshots ?? [])
  const file = holesFileOf(metadata.properties)
  return file === undefined ? named : { ...named, holes: new Set([...named.holes, file]) }
}

function without(some: Named, others: Named): Named {
  return {
    lists: some.lists.difference(others.lists as Set<string>),
    manifests: some.manifests.difference(others.manifests as Set<string>),
    holes: some.holes.difference(others.holes as Set<string>),
    dataFiles: new Map([...some.dataFiles].filter(([path]) => !others.dataFiles.has(path))),
  }
}

/** Those that the metadata itself names: its past, and statistics that other engines keep beside it. */
function metadataFiles(metadata: TableMetadata): Set<string> {
  const log = (metadata['metadata-log'] ?? []).map((entry) => entry['metadata-file'])
  const statistics = [...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])]
  return new Set([...log, ...statistics.map((file) => file['statistics-path'])].map(normalised))
}
