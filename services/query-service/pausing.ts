/** Bars that are kept are derived work: from level SOFT on no more are made, until it is over. */
import type { LevelView } from '@k2/shedding/view.ts'

/** Until the signal aborts. */
export function pausing(
  pause: (isPaused: boolean) => Promise<void>,
  level: Pick<LevelView, 'level' | 'onChange'> | undefined,
  signal: AbortSignal,
): void {
  if (level === undefined) return
  let isPaused = false
  const heard = () => {
    const isPressed = level.level() > 0
    if (isPressed === isPaused) return
    isPaused = isPressed
    // A worker that is gone makes none either.
    pause(isPaused).catch(() => {})
  }
  signal.addEventListener('abort', level.onChange(heard), { once: true })
  heard()
}
