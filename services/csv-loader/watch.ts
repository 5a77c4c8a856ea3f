/**
 * Files of a folder as they come. One is taken when its size and time have stood still for a second: who writes into
 * the folder need not rename. One that changes later is given again: its digest decides whether that is another file.
 */
import { stat } from 'node:fs/promises'
import type { FileKind } from '@k2/csv-loader/core/resolve.ts'
import type { Clock } from '@k2/service/clock.ts'
import { filesIn } from './paths.ts'

const SETTLED_MS = 1_000
const LOOK_MS = 250

interface Seen {
  readonly stamp: string
  readonly sinceMs: number
  readonly isTaken: boolean
}

/** Ends, without an error, when the signal aborts. */
export async function* settledFiles(
  folder: string,
  type: FileKind | undefined,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  const seen = new Map<string, Seen>()
  while (!signal.aborted) {
    const settled: string[] = []
    // A folder that is gone for a moment, or changes as it is listed, is looked at again.
    const paths = await filesIn(folder, type).catch(() => [])
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
