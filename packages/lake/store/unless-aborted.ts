import { K2Error } from '@k2/contracts/codes.ts'

/** The work goes on for others who wait for it. */
export async function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  work.catch(() => {})
  if (signal === undefined) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => {
    const { reason } = signal
    const stopped = 'the question was stopped while its data files were fetched; ask for less, or again'
    reject(reason instanceof K2Error ? reason : new K2Error('DEADLINE_EXCEEDED', stopped, {}, reason))
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
