/**
 * HOT PATH (`npm run bench -- sink`). A column of text that stays bytes: whoever writes bytes again never makes a string of
 * each row.
 */
import type { Slices, TextColumn } from '../columns.ts'

export class AsciiTexts implements TextColumn {
  readonly kind = 'text'
  readonly slices: Slices
  private made: readonly (string | null)[] | undefined

  constructor(slices: Slices) {
    this.slices = slices
  }

  get values(): readonly (string | null)[] {
    if (this.made !== undefined) return this.made
    const { bytes, starts, ends } = this.slices
    // In ASCII a place in the text is one in its bytes: one call for all of them.
    const all = Buffer.from(
      bytes.buffer,
      bytes.byteOffset,
      ends.reduce((most, end) => Math.max(most, end), 0),
    )
    const text = all.toString('latin1')
    this.made = Array.from(ends, (end, row) => (end < 0 ? null : text.slice(starts[row]!, end)))
    return this.made
  }
}
