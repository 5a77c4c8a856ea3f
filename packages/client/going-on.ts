/**
 * A stream that breaks off goes on with the cursor of its last message, so that each record comes once. What never began is
 * told at once: a wrong address is no lost connection.
 *
 *   errors  those that trying again does not mend; the last one where it does not for `triesMax` in a row
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { realClock } from '@k2/service/clock.ts'

export interface GoingOn {
  readonly signal: AbortSignal
  /** Before each new try. */
  readonly told?: (error: K2Error) => void
  /** In a row, without a message between them. */
  readonly triesMax?: number
  readonly pauseMs?: number
}

export async function* goingOn<Message extends { readonly cursor: string }>(
  open: (cursor: string) => AsyncIterable<Message>,
  from: string,
  { signal, told = () => {}, triesMax = 10, pauseMs = 1_000 }: GoingOn,
): AsyncGenerator<Message, void> {
  let cursor = from
  for (let failures = 0; ; ) {
    try {
      for await (const message of open(cursor)) {
        yield message
        failures = 0
        if (message.cursor !== '') cursor = message.cursor
      }
      return
    } catch (error) {
      const mayPass = error instanceof K2Error && (error.retry === 'now' || error.retry === 'later')
      if (signal.aborted || !mayPass || cursor === '' || ++failures > triesMax) throw error
      told(error)
      await realClock.sleep(pauseMs, signal)
    }
  }
}
