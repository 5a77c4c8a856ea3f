/**
 * What people see of a run, on standard error: on a terminal a view that is drawn anew a few times a second, with what
 * stays above it; elsewhere plain lines.
 *
 *   loader ─► reports, advance ┐
 *   log, lake, questions ──────┴─► state ─► render ─► screen
 */
import type { Advance, FileReport, FileToLoad } from '@k2/csv-loader/compose.ts'
import type { Clock } from '@k2/service/clock.ts'
import { type StoreFigures, withRead } from './figures.ts'
import { type LoadState, loadState } from './load.ts'
import { viewLines } from './render.ts'
import { type Screen, screenOn, type Terminal } from './screen.ts'
import { fileText, plainProgress } from './sentences.ts'
import type { Doors, ViewState } from './state.ts'
import { type Paint, paints } from './text.ts'

export interface View {
  /** Of what it is drawn from now on; the signal ends it. */
  run(source: ViewSource, signal: AbortSignal): Promise<void>
  loads(files: readonly FileToLoad[], bytes: readonly number[]): void
  readonly progress: LoadProgress
  turns(stage: ViewState['stage']): void
  /** Whole lines that stay. */
  say(text: string): void
  /** Takes the view away: what is said from then on are plain lines. */
  end(): void
  /** Where logs go, so that they don't run into it. */
  readonly log: { write(line: string): void }
  readonly cells: () => number
  readonly paint: Paint
}

export interface ViewSource {
  readonly doors: Doors
  readonly figures: () => Promise<readonly StoreFigures[]>
  readonly answered: () => number
}

/** What the loader tells on its way. */
export interface LoadProgress {
  begun(file: FileToLoad): void
  advanced(advance: Advance): void
  ended(report: FileReport): void
}

const DRAW_MS = 200
/** Of a load with more files than that only those are told that failed or have rejected rows. */
const TOLD_FILES_MAX = 20
/** Text that is nobody's terminal is read in editors. */
const PLAIN_CELLS = 120

export function createView(
  terminal: Terminal,
  clock: Pick<Clock, 'nowMs' | 'sleep'>,
  isLive = terminal.isTerminal,
): View {
  const paint = paints(isLive && terminal.hasColors)
  let screen: Screen | undefined = isLive ? screenOn(terminal) : undefined
  const load = loadState(clock)
  let source: ViewSource | undefined
  let stores: readonly StoreFigures[] = []
  let stage: ViewState['stage'] = 'serving'
  let drawnMs = Number.NEGATIVE_INFINITY

  function draw(): void {
    if (screen === undefined || source === undefined || stores.length === 0) return
    drawnMs = clock.nowMs()
    const { current, files, leftMs } = load.shown()
    const answered = source.answered()
    const tables = withRead(stores, load.counts())
    const state = { stage, files, current, leftMs, tables, answered, doors: source.doors, nowMs: clock.nowMs() }
    screen.show(viewLines(state, terminal.size().columns, paint))
  }

  const say = (text: string): void => (screen === undefined ? terminal.write(text) : screen.say(text))

  return {
    paint,
    cells: () => (isLive ? terminal.size().columns : PLAIN_CELLS),
    say,
    log: { write: say },
    async run(of, signal) {
      source = of
      if (screen === undefined) return
      const unheard = terminal.resized(draw)
      try {
        while (!signal.aborted && screen !== undefined) {
          // What cannot be read now is the business of those who need it.
          stores = await of.figures().catch(() => stores)
          draw()
          await clock.sleep(DRAW_MS, signal).catch(() => {})
        }
      } finally {
        unheard()
      }
    },
    loads: load.begin,
    progress: {
      begun: load.begun,
      advanced(advance) {
        load.advanced(advance)
        if (screen === undefined) plainly(load, clock.nowMs(), terminal.write)
        // Reading keeps the process busy: drawing must not wait until it has time.
        else if (clock.nowMs() - drawnMs >= DRAW_MS) draw()
      },
      ended(report) {
        const elapsedMs = load.ended(report)
        const isTold = load.shown().files.all <= TOLD_FILES_MAX || report.failed !== null || report.rejected > 0
        if (screen !== undefined && isTold) say(fileText(report, elapsedMs, paint))
      },
    },
    turns(next) {
      stage = next
      draw()
    },
    end() {
      screen?.show([])
      screen = undefined
    },
  }
}

function plainly(load: LoadState, nowMs: number, write: (text: string) => void): void {
  const due = load.due(nowMs)
  if (due !== undefined) write(plainProgress(due.advance, due.elapsedMs))
}
