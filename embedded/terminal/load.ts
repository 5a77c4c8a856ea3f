/** A load as it goes, file after file, and what all loads of the process have read. */
import type { Advance, FileReport, FileToLoad } from '@k2/csv-loader/compose.ts'
import type { Clock } from '@k2/service/clock.ts'
import { shareOf } from './render.ts'
import type { CurrentFile, ViewState } from './state.ts'

/** Between two plain lines of one file. */
const PLAIN_MS = 5_000

export type LoadState = ReturnType<typeof loadState>

export function loadState(clock: Pick<Clock, 'nowMs'>) {
  const ended = new Map<FileReport['kind'], { kind: FileReport['kind']; read: number; rejected: number }>()
  let bytes = new Map<string, number>()
  let [bytesDone, startMs, fileMs, at, all] = [0, 0, 0, 0, 0]
  let file: FileToLoad | undefined
  let advance: Advance | null = null
  let toldMs = 0

  return {
    begin(files: readonly FileToLoad[], sizes: readonly number[]): void {
      bytes = new Map(files.map(({ path }, i) => [path, sizes[i]!]))
      ;[bytesDone, startMs, at, all] = [0, clock.nowMs(), 0, files.length]
    },
    begun(next: FileToLoad): void {
      file = next
      advance = null
      fileMs = toldMs = clock.nowMs()
      at++
    },
    advanced(now: Advance): void {
      advance = now
    },
    /** How long it took. */
    ended({ path, kind, read, rejected }: FileReport): number {
      const before = ended.get(kind) ?? { kind, read: 0, rejected: 0 }
      ended.set(kind, { kind, read: before.read + read, rejected: before.rejected + rejected })
      bytesDone += bytes.get(path) ?? 0
      file = undefined
      advance = null
      return clock.nowMs() - fileMs
    },
    counts() {
      return file === undefined || advance === null
        ? [...ended.values()]
        : [...ended.values(), { ...advance, kind: file.kind }]
    },
    shown(): Pick<ViewState, 'files' | 'leftMs'> & { readonly current: CurrentFile | null } {
      const nowMs = clock.nowMs()
      const current = file === undefined ? null : { ...file, advance, elapsedMs: nowMs - fileMs }
      const share = advance === null ? 0 : shareOf(advance.line, advance.linesAll)
      const done = bytesDone + share * (bytes.get(file?.path ?? '') ?? 0)
      const total = [...bytes.values()].reduce((sum, size) => sum + size, 0)
      const leftMs = done > 0 && done <= total ? ((nowMs - startMs) * (total - done)) / done : null
      return { files: { at, all }, current, leftMs }
    },
    /** Of the file at hand, where it is time to tell. */
    due(nowMs: number): { advance: Advance; elapsedMs: number } | undefined {
      if (advance === null || nowMs - toldMs < PLAIN_MS) return undefined
      toldMs = nowMs
      return { advance, elapsedMs: nowMs - fileMs }
    },
  }
}
