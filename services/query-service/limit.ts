/** How many questions are answered at once. What comes beyond is refused at once: the tail's own work must not queue behind it. */
import { K2Error } from '@k2/contracts/codes.ts'

/** Errors: K2Error OVERLOADED where `max` are running. */
export function limited(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  return async (work) => {
    if (running >= max) {
      throw new K2Error('OVERLOADED', `${max} questions are being answered, the most at once. Ask again in a moment.`, {
        max,
      })
    }
    running++
    try {
      return await work()
    } finally {
      running--
    }
  }
}
