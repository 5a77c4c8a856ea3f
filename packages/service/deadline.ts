/** Work that must end within a time. */
import { K2Error } from '@k2/contracts/codes.ts'

/**
 * The work's outcome, or K2Error DEADLINE_EXCEEDED after `deadlineMs`, when the signal given to it aborts as well.
 * Work that does not listen to its signal goes on unheard: only the waiting ends.
 */
export async function within<T>(
  deadlineMs: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new K2Error('DEADLINE_EXCEEDED', `${what} did not end within ${deadlineMs} ms`, { deadlineMs })
      late.abort(error)
      reject(error)
    }, deadlineMs)
  })
  try {
    return await Promise.race([work(late.signal), deadline])
  } finally {
    clearTimeout(timer)
  }
}
