/**
 * How far back a partition's records are remembered, by their own times and by nothing else: behind the last record that
 * a later one is more than the window younger than, all are. So what is remembered at an offset follows from the log
 * around it, whoever reads it, whenever, and however often; it never comes back; and walking back from an offset ends
 * where the first such record stands.
 *
 *   shape   offsets in ascending order with their times -> the floor: the first offset that is remembered
 *   units   ms; judged in ticks of a sixtieth of the window, so that a window reaches up to a sixtieth further. Offsets
 *           are numbers, counted from wherever the caller likes
 *
 * A record of a clock that is slow by more than the window makes all before it forgotten, and one that is fast too: then
 * a repeat may land again, and nothing is lost.
 */
const TICKS = 60

const tickMsOf = (windowMs: number): number => Math.max(1, Math.ceil(windowMs / TICKS))

export class Window {
  private readonly tickMs: number
  /** Records that no later one is older than or as old as: ascending in both, TICKS + 2 of them at most. */
  private readonly ticks: number[]
  private readonly ends: number[]
  /** The first offset that is remembered. */
  floor: number

  constructor(tickMs: number, floor: number, ticks: number[] = [], ends: number[] = []) {
    this.tickMs = tickMs
    this.floor = floor
    this.ticks = ticks
    this.ends = ends
  }

  /** That remembers all from `floor` on. */
  static of(windowMs: number, floor: number): Window {
    return new Window(tickMsOf(windowMs), floor)
  }

  see(offset: number, timeMs: number): void {
    const { ticks, ends } = this
    const tick = Math.floor(timeMs / this.tickMs)
    let last = ticks.length - 1
    if (ticks[last] === tick) {
      ends[last] = offset
      return
    }
    for (; last >= 0 && ticks[last]! >= tick; last--) {
      ticks.pop()
      ends.pop()
    }
    ticks.push(tick)
    ends.push(offset)
    while (ticks[0]! < tick - TICKS) {
      ticks.shift()
      this.floor = ends.shift()! + 1
    }
  }

  copy(): Window {
    return new Window(this.tickMs, this.floor, [...this.ticks], [...this.ends])
  }
}

/** The same from the other end: it is shown records from the newest to the oldest, until one is forgotten. */
export class Backwards {
  private readonly tickMs: number
  private newest = Number.NEGATIVE_INFINITY
  private oldest = Number.POSITIVE_INFINITY
  private readonly ticks: number[] = []
  private readonly ends: number[] = []

  constructor(windowMs: number) {
    this.tickMs = tickMsOf(windowMs)
  }

  /** false: it is forgotten, and so are all before it. */
  isRemembered(offset: number, timeMs: number): boolean {
    const tick = Math.floor(timeMs / this.tickMs)
    if (tick < this.newest - TICKS) return false
    if (tick > this.newest) this.newest = tick
    if (tick < this.oldest) {
      this.oldest = tick
      this.ticks.push(tick)
      this.ends.push(offset)
    }
    return true
  }

  /** As it stands behind the newest. */
  window(floor: number): Window {
    return new Window(this.tickMs, floor, this.ticks.toReversed(), this.ends.toReversed())
  }
}
