/**
 * What people see of a load, on standard error: on a terminal one line a file that is written over, elsewhere a plain
 * line every few seconds.
 */
import { writeSync } from 'node:fs'
import { basename } from 'node:path'
import type { Advance } from '@k2/csv-loader/compose.ts'

export interface View {
  advanced(advance: Advance): void
  /** The line that stands is left as it is; what comes next is below it. */
  end(): void
  /** Where logs go, so that they don't run into the line that stands. */
  readonly log: { write(line: string): void }
}

export interface Screen {
  readonly isTerminal: boolean
  write(text: string): void
  nowMs(): number
}

const TERMINAL_MS = 100
const PLAIN_MS = 5_000
const CLEAR_LINE = '\r\x1b[2K'
const STDERR_FD = 2

/** Synchronous, as the logger's own: lines before a crash are there. */
export const standardError: Screen = {
  isTerminal: process.stderr.isTTY === true,
  write: (text) => void writeSync(STDERR_FD, text),
  nowMs: () => performance.now(),
}

export function loadView({ isTerminal, write, nowMs }: Screen): View {
  let standing = ''
  let path: string | undefined
  let startMs = 0
  let toldMs = Number.NEGATIVE_INFINITY

  function end(): void {
    if (standing !== '') write('\n')
    standing = ''
    path = undefined
  }

  return {
    end,
    advanced(advance) {
      const now = nowMs()
      if (advance.path !== path) {
        end()
        path = advance.path
        startMs = now
        toldMs = isTerminal ? Number.NEGATIVE_INFINITY : now
      }
      const isLast = advance.line >= advance.linesAll
      if (now - toldMs < (isTerminal ? TERMINAL_MS : PLAIN_MS) && !(isTerminal && isLast)) return
      toldMs = now
      const line = progressLine(advance, now - startMs)
      if (!isTerminal) return write(`${line}\n`)
      standing = line
      write(CLEAR_LINE + line)
    },
    log: {
      write(line) {
        write(standing === '' ? line : `${CLEAR_LINE}${line}${standing}`)
      },
    },
  }
}

/** `7078.csv  58%  45,000 rows  51,234 rows/s  1 s left  45,000 sent, 0 skipped, 0 rejected`. */
export function progressLine(
  { path, line, linesAll, read, sent, skipped, rejected }: Advance,
  elapsedMs: number,
): string {
  const share = linesAll === 0 ? 1 : Math.min(1, line / linesAll)
  const parts = [`${basename(path)}  ${Math.floor(share * 100)}%  ${whole(read)} rows`]
  if (elapsedMs > 0) {
    parts.push(`${whole((read * 1_000) / elapsedMs)} rows/s`)
    parts.push(share === 1 ? `${duration(elapsedMs)} taken` : `${duration((elapsedMs * (1 - share)) / share)} left`)
  }
  return [...parts, `${whole(sent)} sent, ${whole(skipped)} skipped, ${whole(rejected)} rejected`].join('  ')
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  if (seconds < 100) return `${seconds} s`
  return seconds < 6_000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3_600)} h`
}
