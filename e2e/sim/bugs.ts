/**
 * Bugs to plant, each of which the simulation must find: what it would not find, it does not guard. `find` stands exactly
 * once in its file, or planting fails.
 */
export interface Bug {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

const LAKE = 'packages/lake/iceberg'
const UPKEEP = 'packages/lake/maintenance'
const SINK = 'services/iceberg-sink'
const LANDING = 'packages/landing'

// biome-ignore format: a table reads by its columns
const ROWS: readonly [name: string, file: string, find: string, replace: string][] = [
  ['a conflict is answered by trying again as it was', `${LAKE}/commit.ts`,
    "  if (why !== undefined) return { kind: 'stale', head, why }\n", ''],
  ['offsets are not compared where there are some', `${LAKE}/commit.ts`,
    'if (found === expected) continue', 'if (found === expected || found !== null) continue'],
  ['its own commit is not looked for', `${LAKE}/commit.ts`,
    "  if (isIn(metadata, intent.commitId)) return { kind: 'already', head }\n", ''],
  ['its own commit is looked for in the properties alone', `${LAKE}/commit.ts`,
    'for (const { summary } of lineage(metadata, headId(metadata))) if (summary[COMMIT_ID] === commitId) return true', ''],
  ['holes of others are forgotten', `${LAKE}/commit.ts`,
    'addHoles(strikeHoles(is.holes, intent.holesStruck)', 'addHoles(strikeHoles(intent.holesRead, intent.holesStruck)'],
  ['the last record is forgotten where a batch has none', `${LAKE}/commit.ts`,
    '  if (advance.last !== undefined) last.set(key, advance.last)', '  if (advance.last !== undefined) last.set(key, advance.last)\n  else last.delete(key)'],
  ['a foreign head stands for an empty table', `${LAKE}/progress.ts`,
    'if (nearest !== undefined && confirmed) return nearest', 'return nearest ?? NOTHING'],
  ['a rollback is not noticed', `${LAKE}/progress.ts`,
    'if (!confirmed && !expired) {', 'if (!confirmed && !expired && cut) {'],
  ['ids are rounded, as JSON.parse does', `${LAKE}/json.ts`,
    'BigInt(context.source)', 'BigInt(value)'],
  ['holes are joined over a record', `${LAKE}/holes.ts`,
    'last.to < hole.from', 'last.to + 1n < hole.from'],
  ['a file of holes is not waited for', `${LAKE}/holes-file.ts`,
    'await store.write(file, bytes)', 'store.write(file, bytes).catch(() => {})'],
  ['files of holes are orphans', `${LAKE}/upkeep.ts`,
    '    if (file !== undefined) holes.add(file)\n', ''],
  ['properties are left as they were', `${LAKE}/snapshot.ts`,
    "      { action: 'set-properties', updates: kept },\n", ''],
  ['a manifest list lacks the oldest manifest', `${LAKE}/append.ts`,
    'before.filter(isLive)]', 'before.filter(isLive).slice(0, 6)]'],
  ['the list of an attempt that was not heard of is deleted', `${LAKE}/attempts.ts`,
    'this.#unheard = error\n', '{ this.#unheard = error; if (adds) await this.#discard(adds.manifestList) }\n'],
  ['the list is deleted after any conflict', `${LAKE}/attempts.ts`,
    'if (snapshotOf(metadata, snapshotId) !== undefined) return\n', ''],
  ['a replacement does not look whether its files are live', `${LAKE}/upkeep.ts`,
    "      if (leaving.length !== gone.size) return { kind: 'ended', outcome: false, isIn: false }\n", ''],
  ['a replacement sets progress back', `${LAKE}/upkeep.ts`,
    'progress: saidAgain(headSaid(metadata))', 'progress: ((prepared as { progress?: unknown }).progress ??= saidAgain(headSaid(metadata)))'],
  ['entries that move lose their sequence number', `${LAKE}/rewrite.ts`,
    'sequenceNumber: entry.sequenceNumber ?? manifest.sequenceNumber,\n    file', 'sequenceNumber: null,\n    file'],
  ['entries that move seem to be new', `${LAKE}/rewrite.ts`,
    'snapshotId: entry.snapshotId ?? manifest.addedSnapshotId', 'snapshotId: null'],
  ['expiry drops what ties the head to its properties', `${LAKE}/upkeep.ts`,
    ', ...sinceNamed(metadata)', ''],
  ['files go with their snapshot', `${UPKEEP}/expire.ts`,
    'JSON.stringify(files)))\n', 'JSON.stringify(files)))\n    for (const file of files) await store.delete(file)\n'],
  ['a younger note is not looked at', `${UPKEEP}/expire.ts`,
    'const kept = [waiting, lists, manifests, holes, dataFiles]', 'const kept = [lists, manifests, holes, dataFiles]'],
  ['files that wait for their deletion are orphans', `${UPKEEP}/orphans.ts`,
    'dataFiles, metadata, waiting]', 'dataFiles, metadata]'],
  ['compaction loses a file', 'e2e/sim/stager.ts',
    'sources.flatMap(', 'sources.slice(1).flatMap('],
  ['a batch is taken that begins behind', `${SINK}/core/pending.ts`,
    'if (batch.from !== wanted)', 'if (batch.from < wanted)'],
  ['a batch is taken that begins before', `${SINK}/core/pending.ts`,
    'if (batch.from !== wanted)', 'if (batch.from > wanted)'],
  ['a reader is sent one offset too far', `${SINK}/core/pending.ts`,
    'seek: wanted }', 'seek: wanted + 1n }'],
  ['the rest of a batch lacks its first record', `${LANDING}/batch.ts`,
    'keys: batch.values }, offset, batch.to)', 'keys: batch.values }, offset + 1n, batch.to)'],
  ['what did not fit is forgotten', `${SINK}/core/pending.ts`,
    'waiting.putBack(again)', 'waiting.putBack([])'],
  ['files are committed before they are there', `${SINK}/land.ts`,
    'retry(() => ports.store.publish(join(folder, staged.files[i]!.path), path), budget)', 'void ports.store.publish(join(folder, staged.files[i]!.path), path).catch(() => {}) as never'],
  ['letters are not waited for', `${SINK}/land.ts`,
    'await sendLetters(staged.rejected, (topic, letters) => retry(() => ports.log.append(topic, letters), budget))', 'sendLetters(staged.rejected, (topic, letters) => ports.log.append(topic, letters)).catch(() => {})'],
  ['a hole is beside its record', `${SINK}/land.ts`,
    'from: offset,\n', 'from: offset > 0n ? offset - 1n : offset,\n'],
  ['files are deleted where the outcome is not known', `${SINK}/land.ts`,
    "codeOf(error) === 'LAKE_UNAVAILABLE'", 'error instanceof Error'],
  ['stale is taken for committed', `${SINK}/round.ts`,
    "if (outcome.kind === 'stale')", 'if (outcome.kind === undefined)'],
  ['what was prepared behind a stale commit is committed', `${SINK}/round.ts`,
    'pending === this.lane.place.pending && ', ''],
  ['retention that overtook a reader is not noticed', `${SINK}/round.ts`,
    'batch.from > verdict.seek && (await', 'batch.from < verdict.seek && (await'],
  ['the last record is not read back', `${LANDING}/history.ts`,
    'if (batch.timesMs[0] === last.timeMs && value.includes(last.messageId)) return', 'return'],
  ['the end of the log is not looked at', `${LANDING}/history.ts`,
    'if (offset > range.to)', 'if (offset < 0n)'],
]

export const BUGS: readonly Bug[] = ROWS.map(([name, file, find, replace]) => ({ name, file, find, replace }))
