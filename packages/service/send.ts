/** Sending what a generator gives, one after the other, in a way that tells it where sending failed. */
import { K2Error } from '@k2/contracts/codes.ts'

/** Where sending fails, `messages` hears of it where it yields: what it throws then is why the stream ended. */
export async function sendEach<T>(messages: AsyncIterable<T>, send: (message: T) => Promise<void>): Promise<void> {
  const each = messages[Symbol.asyncIterator]()
  for (let next = await each.next(); !next.done; next = await each.next()) {
    try {
      await send(next.value)
    } catch (error) {
      await each.throw?.(error)
      throw error
    }
  }
}

/** The same messages in other words; what fails on the way out is heard where they are made. */
export function mapped<T, U>(messages: AsyncGenerator<T, void>, of: (message: T) => U): AsyncGenerator<U, void> {
  const worded = async (next: Promise<IteratorResult<T, void>>): Promise<IteratorResult<U, void>> => {
    const { done, value } = await next
    return done ? { done, value } : { done: false, value: of(value) }
  }
  return passedOn(messages, () => worded(messages.next()), worded)
}

/** With a first one that has been taken already. */
export function withFirst<T>(
  first: IteratorResult<T, void>,
  messages: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  let isGiven = false
  const next = async () => {
    if (isGiven) return messages.next()
    isGiven = true
    return first
  }
  return passedOn(messages, next, (result) => result)
}

function passedOn<T, U>(
  messages: AsyncGenerator<T, void>,
  next: () => Promise<IteratorResult<U, void>>,
  worded: (result: Promise<IteratorResult<T, void>>) => Promise<IteratorResult<U, void>>,
): AsyncGenerator<U, void> {
  const generator: AsyncGenerator<U, void> = {
    next,
    throw: (error) => worded(messages.throw(error)),
    return: () => worded(messages.return()),
    [Symbol.asyncIterator]: () => generator,
    async [Symbol.asyncDispose]() {
      await messages.return()
    },
  }
  return generator
}

export const tooSlow = (slowMsMax: number): K2Error =>
  new K2Error('DEADLINE_EXCEEDED', `Nothing was taken for ${slowMsMax} ms, so the stream was cut.`, { slowMsMax })
