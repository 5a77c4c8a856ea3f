/**
 * A few lines at the end of what was written that are written over, and text that goes above them for good.
 *
 * The cursor is never hidden and rests below the lines: whatever ends the process, kill -9 as well, leaves the terminal
 * as the shell wants it. A terminal that is made narrower breaks the lines that stand: they are counted as it has them.
 */
import { writeSync } from 'node:fs'
import { width } from './text.ts'

export interface Terminal {
  readonly isTerminal: boolean
  readonly hasColors: boolean
  size(): { readonly columns: number; readonly rows: number }
  write(text: string): void
  /** Tells when its size has changed; the answer ends that. */
  resized(told: () => void): () => void
}

const STDERR_FD = 2

/** Synchronous, as the logger's own: lines before a crash are there. */
export const standardError: Terminal = {
  isTerminal: process.stderr.isTTY === true,
  hasColors: process.stderr.isTTY === true && process.stderr.hasColors(),
  size: () => ({ columns: process.stderr.columns || 80, rows: process.stderr.rows || 24 }),
  write: (text) => void writeSync(STDERR_FD, text),
  resized(told) {
    process.stderr.on('resize', told)
    return () => process.stderr.off('resize', told)
  },
}

export interface Screen {
  /** Puts these lines in the place of those that stand. */
  show(lines: readonly string[]): void
  /** Writes above them what stays; whole lines. */
  say(text: string): void
}

export function screenOn({ write, size }: Pick<Terminal, 'write' | 'size'>): Screen {
  let standing: readonly string[] = []

  /** To the first cell of what stands, and all of it away. */
  function erased(): string {
    const { columns, rows } = size()
    const taken = standing.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / columns)), 0)
    // What has left the screen at its top cannot be reached any more.
    const up = Math.min(taken, rows - 1)
    return `\r${up > 0 ? `\x1b[${up}A` : ''}\x1b[J`
  }

  function put(above: string, lines: readonly string[]): void {
    // One write: a terminal that shows it between two would flicker.
    const text = erased() + above + lines.map((line) => `${line}\n`).join('')
    standing = lines
    write(text)
  }

  return {
    show: (lines) => put('', lines.slice(0, Math.max(0, size().rows - 1))),
    say: (text) => put(text, standing),
  }
}
