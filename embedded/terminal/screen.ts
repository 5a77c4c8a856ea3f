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
const CLEAR_ROW = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

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

  /** To the first cell of what stands. */
  function up(): string {
    const { columns, rows } = size()
    const taken = standing.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / columns)), 0)
    // What has left the screen at its top cannot be reached any more.
    const reached = Math.min(taken, rows - 1)
    return reached > 0 ? `\r\x1b[${reached}A` : '\r'
  }

  // Line over line, for a screen that is cleared from its top goes into the history of some terminals. Behind a line
  // that fills its last row nothing is cleared: the cursor still stands on its last cell.
  function over(line: string): string {
    const isFull = width(line) % size().columns === 0
    return `${CLEAR_ROW}${line}${isFull ? '' : CLEAR_ROW}\n`
  }

  function put(above: string, lines: readonly string[]): void {
    const texts = [...above.split('\n').slice(0, -1), ...lines]
    // One write: a terminal that shows it between two would flicker.
    const text = up() + texts.map(over).join('') + CLEAR_BELOW
    standing = lines
    write(text)
  }

  return {
    show: (lines) => put('', lines.slice(0, Math.max(0, size().rows - 1))),
    say: (text) => put(text, standing),
  }
}
