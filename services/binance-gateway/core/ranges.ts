/** Ranges of trade ids, half open, ascending, apart from one another. Few of them: they are gaps. */
export interface IdRange {
  readonly from: number
  readonly to: number
}

/** Without that id; undefined where no range has it. */
export function withoutId(ranges: readonly IdRange[], id: number): IdRange[] | undefined {
  const at = ranges.findIndex(({ from, to }) => from <= id && id < to)
  if (at < 0) return undefined
  const { from, to } = ranges[at]!
  const rest = [
    { from, to: id },
    { from: id + 1, to },
  ].filter((range) => range.from < range.to)
  return [...ranges.slice(0, at), ...rest, ...ranges.slice(at + 1)]
}

/** With that one, which may touch or lie within others. */
export function withRange(ranges: readonly IdRange[], { from, to }: IdRange): IdRange[] {
  const before = ranges.filter((range) => range.to < from)
  const after = ranges.filter((range) => range.from > to)
  const touched = ranges.slice(before.length, ranges.length - after.length)
  const joined = {
    from: Math.min(from, touched[0]?.from ?? from),
    to: Math.max(to, touched.at(-1)?.to ?? to),
  }
  return [...before, joined, ...after]
}

export const hasId = (ranges: readonly IdRange[], id: number): boolean =>
  ranges.some(({ from, to }) => from <= id && id < to)

export const idsIn = (ranges: readonly IdRange[]): number => ranges.reduce((sum, { from, to }) => sum + to - from, 0)
