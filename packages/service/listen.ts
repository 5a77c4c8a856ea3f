/** An address that cannot be listened on is the settings' fault, not ours: a sentence and no stack. */
import { K2Error } from '@k2/contracts/codes.ts'

export function cannotListen(address: string, cause: unknown): K2Error {
  const why = cause instanceof Error ? cause.message : String(cause)
  const isTaken = /EADDRINUSE|address already in use/i.test(why)
  const sentence = isTaken
    ? `${address} is taken by another program. Stop that one, or choose another port.`
    : `Nothing can listen on ${address}: ${why}. Choose another host or port.`
  return new K2Error('SETTINGS_INVALID', sentence, { address }, cause)
}
