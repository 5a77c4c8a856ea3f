/**
 * Files that are looked at again and again, and read when they change: keys, certificates. What cannot be used ends a start;
 * later it is refused with a sentence, and what was read before stays.
 *
 * By looking, not by fs.watch, which sees no change of a mounted secret; and in the thread, since DuckDB's statements may hold
 * all of libuv's.
 */
import { readFileSync, statSync } from 'node:fs'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Logger } from '../logger.ts'

/** A revoked key is refused within a second. */
export const LOOK_MS = 250

export interface Watched<T> {
  now(): T
  /** Called behind each change. */
  onChange(told: (value: T) => void): void
  /** Looks at once. */
  look(): void
  close(): void
}

export function watched<T>(
  /** As in a sentence: "the API keys". */
  what: string,
  files: Readonly<Record<string, string>>,
  read: (texts: Readonly<Record<string, Buffer>>) => T,
  logger: Logger,
): Watched<T> {
  const names = Object.entries(files)
  const listeners: ((value: T) => void)[] = []
  const where = names.map(([setting, path]) => `${setting} is ${path}`).join(', ')
  let seen = ''
  let said = ''

  function take(): T {
    const texts = Object.fromEntries(names.map(([setting, path]) => [setting, readFileSync(path)]))
    return read(texts)
  }
  const version = () =>
    names
      .map(([, path]) => statSync(path, { bigint: true }))
      .map(({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`)
      .join('; ')

  let value: T
  try {
    seen = version()
    value = take()
  } catch (error) {
    const why = (error as Error).message
    throw new K2Error(
      'SETTINGS_INVALID',
      `${where}, and ${what} there cannot be used: ${why}. Correct that, or the setting.`,
    )
  }

  function look(): void {
    try {
      const now = version()
      if (now === seen) return
      const next = take()
      seen = now
      said = ''
      value = next
      for (const told of listeners) told(next)
      logger.info(`${what} were read again`)
    } catch (error) {
      const { message } = error as Error
      if (message !== said) logger.error(`${what} stay as they were: ${where}, and that cannot be used: ${message}`)
      said = message
    }
  }

  const timer = setInterval(look, LOOK_MS).unref()
  return {
    now: () => value,
    onChange: (told) => void listeners.push(told),
    look,
    close: () => clearInterval(timer),
  }
}
