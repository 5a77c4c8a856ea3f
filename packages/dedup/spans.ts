/** Offsets of one partition as ranges: sorted, without overlaps. Pure. */
import type { OffsetRange } from '@k2/log/log.ts'

export type Span = OffsetRange

export class Spans {
  private readonly spans: readonly (readonly [from: bigint, to: bigint])[]

  constructor(spans: readonly Span[]) {
    const out: [bigint, bigint][] = []
    for (const { from, to } of spans.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
      const last = out.at(-1)
      if (last === undefined || last[1] < from) out.push([from, to])
      else if (last[1] < to) last[1] = to
    }
    this.spans = out
  }

  /** `from-to` of each. */
  texts(): string[] {
    return this.spans.map(([from, to]) => `${from}-${to}`)
  }

  static parse(texts: readonly string[]): Spans {
    return new Spans(
      texts.map((text) => {
        const [from, to] = text.split('-')
        return { topic: '', partition: 0, from: BigInt(from!), to: BigInt(to!) }
      }),
    )
  }

  has(offset: bigint): boolean {
    let [low, high] = [0, this.spans.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.spans[middle]![1] <= offset) low = middle + 1
      else high = middle
    }
    return low < this.spans.length && this.spans[low]![0] <= offset
  }

  equals({ spans }: Spans): boolean {
    return (
      spans.length === this.spans.length &&
      spans.every(([from, to], i) => {
        const [ownFrom, ownTo] = this.spans[i]!
        return from === ownFrom && to === ownTo
      })
    )
  }

  /** Whether it has offsets of [from, to) that the other lacks. */
  hasBeyond(other: Spans, from: bigint, to: bigint): boolean {
    return this.spans.some(([ownFrom, ownTo]) => {
      let at = ownFrom > from ? ownFrom : from
      const end = ownTo < to ? ownTo : to
      while (at < end) {
        const cover = other.spans.find(([otherFrom, otherTo]) => otherFrom <= at && at < otherTo)
        if (cover === undefined) return true
        at = cover[1]
      }
      return false
    })
  }
}
