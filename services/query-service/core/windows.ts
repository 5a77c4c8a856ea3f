/**
 * How much time a page of a long answer spans: so much that its rows are about as many as are wanted, so that no page
 * sorts the whole range. Rows come unevenly (nights, opens), so the width follows what the pages before found.
 *
 *   shape   (what there is at most) -> first window; (what a page found) -> the next one
 *   units   µs of event time, half open
 */

/** Where rows may lie, and how many at most. */
export interface Survey {
  readonly fromMicros: number
  readonly toMicros: number
  readonly rows: number
}

/** A page's, of which the last has no end: what the question says holds there. */
export interface Window {
  readonly fromMicros: number
  readonly widthMicros: number
  /** Behind the last row that there may be. */
  readonly untilMicros: number
}

/** The next one is never more than so many times wider: what is quiet may end at once. */
const WIDER_MAX = 8

export function firstWindow(survey: Survey, wanted: number): Window {
  const { fromMicros, toMicros: untilMicros, rows } = survey
  const share = ((untilMicros - fromMicros) * wanted) / rows
  return {
    fromMicros,
    untilMicros,
    widthMicros: rows <= wanted ? untilMicros - fromMicros : Math.max(1, Math.floor(share)),
  }
}

export const isLast = ({ fromMicros, widthMicros, untilMicros }: Window): boolean =>
  fromMicros + widthMicros >= untilMicros

/** The one behind it. `cutAtMicros`: time of the last row taken, where there are more in it. */
export function nextWindow(
  window: Window,
  rows: number,
  cutAtMicros: number | undefined,
  wanted: number,
): Window | undefined {
  if (cutAtMicros === undefined && isLast(window)) return undefined
  const { fromMicros, widthMicros, untilMicros } = window
  const micros = cutAtMicros === undefined ? widthMicros : cutAtMicros + 1 - fromMicros
  const times = Math.min(WIDER_MAX, wanted / Math.max(1, rows))
  return {
    fromMicros: cutAtMicros ?? fromMicros + widthMicros,
    widthMicros: Math.max(1, Math.floor(micros * times)),
    untilMicros,
  }
}

/** The one behind it where it is not cut, as wide: what may be asked for ahead. */
export function windowAhead(window: Window): Window | undefined {
  const fromMicros = window.fromMicros + window.widthMicros
  return isLast(window) ? undefined : { ...window, fromMicros }
}

/** Where neither files nor tail say better. */
export const EVER: Pick<Survey, 'fromMicros' | 'toMicros'> = {
  fromMicros: -(2 ** 62),
  toMicros: 2 ** 62,
}

/** Of several places. */
export function together(surveys: readonly Survey[]): Survey | undefined {
  const found = surveys.filter(({ rows }) => rows > 0)
  if (found.length === 0) return undefined
  return found.reduce((all, one) => ({
    fromMicros: Math.min(all.fromMicros, one.fromMicros),
    toMicros: Math.max(all.toMicros, one.toMicros),
    rows: all.rows + one.rows,
  }))
}
