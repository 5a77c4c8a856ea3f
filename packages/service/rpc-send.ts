/** Sends the replies of a gRPC stream. */
import type { ServerWritableStream } from '@grpc/grpc-js'
import { sent } from './given-away.ts'
import { sendEach, tooSlow } from './send.ts'

type Stream = ServerWritableStream<unknown, unknown>

/** Each taken before the next is made; `replies` hears of a failure where it yields. */
export async function sendAll(
  call: Stream,
  replies: AsyncIterable<unknown>,
  signal: AbortSignal,
  slowMsMax = 30_000,
): Promise<void> {
  await sendEach(replies, async (reply) => {
    signal.throwIfAborted()
    await taken(call, reply, slowMsMax, signal)
  })
  call.end()
}

/**
 * Resolves when the caller has taken the message. Not at 'drain': the library's queue is of 16 messages, and drained when
 * the last of them is gone.
 */
function taken(call: Stream, reply: unknown, slowMsMax: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = () => {
      signal.removeEventListener('abort', gone)
      clearTimeout(timer)
    }
    const go = () => {
      over()
      sent(reply)
      resolve()
    }
    const gone = () => {
      over()
      reject(signal.reason)
    }
    const late = () => {
      over()
      reject(tooSlow(slowMsMax))
    }
    const timer = setTimeout(late, slowMsMax)
    signal.addEventListener('abort', gone, { once: true })
    call.write(reply, go)
  })
}
