/** Makes and revokes keys of a file, by a line behind the others each: who reads it meanwhile sees the whole line or none. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Key, type Keys, makeKey, readKeys } from './keys.ts'

/** Nobody but its owner need read it. */
const MODE = 0o600

/** Errors: INPUT_UNREADABLE with what is wrong. */
export function keysOfFile(path: string): Keys {
  try {
    return readKeys(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new K2Error('INPUT_UNREADABLE', `The keys in ${path} cannot be read: ${(error as Error).message}.`, {}, error)
  }
}

/** The key itself, which is nowhere afterwards. A file that is not there is made. */
export function addKey(
  path: string,
  about: Parameters<typeof makeKey>[0],
): { readonly key: string; readonly line: Key } {
  if (existsSync(path)) keysOfFile(path)
  const made = makeKey(about)
  addLine(path, made.line)
  return made
}

/** Errors: NOT_FOUND; one that is revoked already stays so. */
export function revokeKey(path: string, id: string, now: string): void {
  const known = keysOfFile(path).get(id)
  if (known === undefined)
    throw new K2Error('NOT_FOUND', `${path} has no key ${id}. k2 keys list tells which there are.`)
  if (known.revoked === undefined) addLine(path, { id, revoked: now })
}

function addLine(path: string, line: object): void {
  const isOpenEnded = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'))
  appendFileSync(path, `${isOpenEnded ? '\n' : ''}${JSON.stringify(line)}\n`, { mode: MODE })
}
