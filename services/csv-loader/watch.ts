/**
 * Files of folders as they come. One is taken when its size and time have stood still for a second: who writes into
 * a folder need not rename. One that changes later is given again: its digest decides whether that is another file.
 *
 *   errors  INVALID_ARGUMENT of expectFolder; a folder that goes away later has no files until it is back
 */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { FileToLoad } from './compose.ts'
import type { FileKind } from './core/resolve.ts'
import { COMPANY_LIST, describeFiles } from './files.ts'
import { filesIn } from './paths.ts'

export interface Watched {
  readonly type: FileKind | undefined
  readonly symbol: string | undefined
  readonly companies: string | undefined
}

const SETTLED_MS = 1_000
const LOOK_MS = 250

interface Seen {
  readonly stamp: string
  readonly sinceMs: number
  readonly isTaken: boolean
}

export async function expectFolder(folder: string): Promise<void> {
  const entry = await stat(folder).catch(() => undefined)
  if (!entry?.isDirectory())
    throw new K2Error('INVALID_ARGUMENT', `${folder} is no folder: --watch takes one that is there.`)
}

/**
 * With the symbol of each. Those that none was known for come again when a list of companies has come or changed. Ends,
 * without an error, when the signal aborts.
 */
export async function* watchedFiles(
  folders: readonly string[],
  { type, symbol, companies }: Watched,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<FileToLoad[]> {
  let unknown = new Set<string>()
  for await (const paths of settledFiles(folders, type, clock, signal)) {
    const hasList = paths.some((path) => basename(path) === COMPANY_LIST)
    const taken = new Set(hasList ? [...paths, ...unknown] : paths)
    const files = await describeFiles([...taken], symbol, companies, type)
    const others = [...unknown].filter((path) => !taken.has(path))
    unknown = new Set([...others, ...files.flatMap(({ path, fault }) => (fault === undefined ? [] : [path]))])
    yield files
  }
}

/** Ends, without an error, when the signal aborts. */
export async function* settledFiles(
  folders: readonly string[],
  type: FileKind | undefined,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  const seen = new Map<string, Seen>()
  while (!signal.aborted) {
    const settled: string[] = []
    // A folder that is gone for a moment, or changes as it is listed, is looked at again.
    const paths = (await Promise.all(folders.map((folder) => filesIn(folder, type).catch(() => [])))).flat()
    for (const path of paths) if (await isSettled(seen, path, clock.nowMs())) settled.push(path)
    // What is gone is forgotten: it may come back.
    const there = new Set(paths)
    for (const path of seen.keys()) if (!there.has(path)) seen.delete(path)
    if (settled.length > 0) yield settled
    await clock.sleep(LOOK_MS, signal).catch(() => {})
  }
}

async function isSettled(seen: Map<string, Seen>, path: string, nowMs: number): Promise<boolean> {
  const entry = await stat(path).catch(() => undefined)
  if (entry === undefined) return false
  const stamp = `${entry.size} ${entry.mtimeMs}`
  const before = seen.get(path)
  if (before?.stamp !== stamp) {
    seen.set(path, { stamp, sinceMs: nowMs, isTaken: false })
    return false
  }
  if (before.isTaken || nowMs - before.sinceMs < SETTLED_MS) return false
  seen.set(path, { ...before, isTaken: true })
  return true
}
