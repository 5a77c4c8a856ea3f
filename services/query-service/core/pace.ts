/**
 * When records of a replay are due: as far apart as they were, or so many times closer. A batch is due with its last
 * record, and holds none that is due much before it.
 *
 *   units   speed: times real time; event times in µs, the clock's in ms
 */

/** Records that fall due within this time go together. */
const TOGETHER_MS = 50

/** Of event time, within a batch; undefined: as fast as they can be read. */
export const spanMicros = (speed: number | undefined): number | undefined =>
  speed === undefined ? undefined : Math.max(1, Math.floor(speed * TOGETHER_MS * 1000))

export interface Pace {
  readonly speed: number
  /** The first record, and when it was sent. */
  readonly fromMicros: number
  readonly fromMs: number
}

export const dueMs = ({ speed, fromMicros, fromMs }: Pace, micros: number): number =>
  fromMs + (micros - fromMicros) / 1000 / speed
