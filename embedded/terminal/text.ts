/**
 * Text for a terminal: how many cells it takes, cut to a width, coloured or not; and amounts as people read them.
 *
 *   shape   strings -> strings; colours are ANSI's eight, so that they follow the terminal's own palette
 */
const ESCAPE = '\x1b'
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const PIECES = /\x1b\[[0-9;]*m|./gsu
const CONTROLS = /\p{Cc}/gu
/** From Hangul on most scripts take two cells; box drawing and blocks, which lie below, take one. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u

export type Paint = Readonly<Record<'bold' | 'dim' | 'green' | 'yellow' | 'red', (text: string) => string>>

export function paints(hasColors: boolean): Paint {
  const by = (code: number) => (text: string) => (hasColors ? `${ESCAPE}[${code}m${text}${ESCAPE}[0m` : text)
  return { bold: by(1), dim: by(2), green: by(32), yellow: by(33), red: by(31) }
}

const cellsOf = (piece: string): number => (piece.startsWith(ESCAPE) ? 0 : WIDE.test(piece) ? 2 : 1)

/** Cells that it takes, colours not counted. */
export const width = (text: string): number =>
  (text.match(PIECES) ?? []).reduce((sum, piece) => sum + cellsOf(piece), 0)

/** At most so many cells; what is cut ends in an ellipsis. Colours are kept, so that they also end. */
export function clip(text: string, cells: number): string {
  if (width(text) <= cells) return text
  let left = cells - 1
  let out = ''
  for (const piece of text.match(PIECES) ?? []) {
    const taken = cellsOf(piece)
    if (taken > 0 && left < taken) {
      if (left >= 0) out += '…'
      left = -1
    } else {
      left -= taken
      out += piece
    }
  }
  return cells < 1 ? '' : out
}

export const padStart = (text: string, cells: number): string => ' '.repeat(Math.max(0, cells - width(text))) + text
export const padEnd = (text: string, cells: number): string => text + ' '.repeat(Math.max(0, cells - width(text)))

/** A file's name may hold what would move the cursor. */
export const printable = (text: string): string => text.replace(CONTROLS, '?')

export const whole = (value: number): string => Math.round(value).toLocaleString('en')

export const counted = (count: number, what: string): string => `${whole(count)} ${what}${count === 1 ? '' : 's'}`

/** `0.4 s`, `12 s`, `3 min`, `2 h`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 100) return `${seconds} s`
  return seconds < 6_000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}

/** As old as it is; an age ticks by the second. */
export const age = (ms: number): string =>
  ms < 1_000 ? 'now' : `${duration(Math.floor(ms / 1_000) * 1_000).replace('.0', '')} ago`
