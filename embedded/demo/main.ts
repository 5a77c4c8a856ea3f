/** A drill told on standard error: on a terminal a view that is drawn anew, elsewhere plain lines. */
import { type Screen, screenOn, standardError } from '../terminal/screen.ts'
import { paints } from '../terminal/text.ts'
import { type DrillState, drillLines, drillText } from './drawn.ts'
import { type DrillSettings, drill, type Outcome } from './pressure.ts'

const PLAIN_MS = 1_000

/** @param isPlain also where standard error is a terminal */
export async function toldDrill(settings: DrillSettings, isPlain: boolean, signal: AbortSignal): Promise<Outcome> {
  const isLive = standardError.isTerminal && !isPlain
  const screen: Screen | undefined = isLive ? screenOn(standardError) : undefined
  const paint = paints(isLive && standardError.hasColors)
  let plainMs = Number.NEGATIVE_INFINITY

  function shown(state: DrillState): void {
    if (screen !== undefined) return void screen.show(drillLines(state, standardError.size().columns, paint))
    if (performance.now() - plainMs < PLAIN_MS) return
    plainMs = performance.now()
    standardError.write(drillText(state))
  }

  try {
    const say = (text: string) => (screen === undefined ? standardError.write(text) : screen.say(text))
    return await drill(settings, { shown, say }, signal)
  } finally {
    // The last picture stays.
    screen?.say('')
  }
}
