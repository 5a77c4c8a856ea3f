/**
 * What a summary counts against what its snapshot holds, and holes and letters against what cannot land.
 *
 *   errors  Fault
 */
import { type Content, Fault } from './content.ts'
import type { TrueRecord, Truth } from './judge.ts'
import type { HoleRead } from './table.ts'

export function judgeTotals(
  id: string,
  summary: Readonly<Record<string, string>>,
  { live }: Content,
  parent: Pick<Content, 'live'> | undefined,
): void {
  const before: Content['live'] = parent?.live ?? new Map()
  const rowsOf = (paths: readonly string[], of: Content['live']) =>
    paths.reduce((sum, path) => sum + of.get(path)!.rows.length, 0)
  const all = [...live.keys()]
  const added = all.filter((path) => !before.has(path))
  const removed = [...before.keys()].filter((path) => !live.has(path))
  const counts: Record<string, number> = {
    'total-data-files': all.length,
    'total-records': rowsOf(all, live),
    'total-files-size': all.reduce((sum, path) => sum + live.get(path)!.sizeBytes, 0),
    'added-data-files': added.length,
    'added-records': rowsOf(added, live),
    'deleted-data-files': removed.length,
    'deleted-records': rowsOf(removed, before),
  }
  for (const [key, count] of Object.entries(counts)) {
    const isSilent = summary[key] === undefined && (key.startsWith('total') || count === 0)
    if (!isSilent && Number(summary[key]) !== count)
      throw new Fault(`snapshot ${id} says ${key} ${summary[key]}, and it is ${count}`)
  }
}

export function* rejectedPlaces(holes: readonly HoleRead[]): Generator<string> {
  for (const { partition, from, to, reason } of holes)
    if (reason !== 'deferred') for (let offset = from; offset < to; offset++) yield `${partition}@${offset}`
}

/** Each record that cannot land is in one hole, as long as it was not passed over before anybody looked. */
export function judgeHoles(
  id: string,
  read: readonly HoleRead[],
  offsets: ReadonlyMap<string, bigint>,
  deferred: ReadonlySet<string>,
  landed: (partition: string, to: bigint) => readonly TrueRecord[],
): void {
  const holes = new Set<string>()
  for (const place of rejectedPlaces(read)) {
    if (holes.has(place)) throw new Fault(`snapshot ${id} has two holes at ${place}`)
    holes.add(place)
  }
  for (const [partition, to] of offsets)
    for (const { offset, isGood } of landed(partition, to))
      if (!isGood && !deferred.has(`${partition}@${offset}`) && !holes.delete(`${partition}@${offset}`))
        throw new Fault(`snapshot ${id} has no hole at ${partition}@${offset}, which cannot land`)
  if (holes.size > 0) throw new Fault(`snapshot ${id} has a hole at ${[...holes][0]}, where none is`)
}

/** Each record that cannot land has a letter, under a key that names its place. */
export function judgeLetters(
  letters: ReadonlyMap<string, ReadonlySet<string>>,
  truth: Truth,
  floors: ReadonlyMap<string, bigint>,
): void {
  const keys = new Set([...letters.values()].flatMap((some) => [...some]))
  for (const [name, records] of truth)
    for (const { offset, isGood } of records)
      if (!isGood && offset >= floors.get(name)! && !keys.has(`${name}/${offset}`))
        throw new Fault(`${name}/${offset} cannot land, and has no letter`)
}
