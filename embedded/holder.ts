/**
 * Who holds a data folder, for the one that comes second: a small file beside the log. The log's lock decides; the file
 * only says where to ask instead.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'

export interface Holder {
  readonly pid: number
  readonly url: string
  /** host:port of gRPC. */
  readonly grpc: string
}

const FILE = 'running.json'

/** Written once it answers; only who holds the log may. */
export async function noteHolder(data: string, holder: Holder): Promise<void> {
  await writeFile(join(data, FILE), `${JSON.stringify(holder)}\n`)
}

export async function forgetHolder(data: string): Promise<void> {
  await rm(join(data, FILE), { force: true })
}

/** The error of a folder that another process holds, with what its holder says of itself. */
export async function inUse(data: string, cause: unknown): Promise<K2Error> {
  const text = await readFile(join(data, FILE), 'utf8').catch(() => undefined)
  return new K2Error('LOG_IN_USE', inUseText(data, holderOf(text)), { folder: data }, cause)
}

function holderOf(text: string | undefined): Holder | undefined {
  try {
    const { pid, url, grpc } = JSON.parse(text ?? '') as Holder
    return { pid, url, grpc }
  } catch {
    return undefined
  }
}

export function inUseText(data: string, holder: Holder | undefined): string {
  const other = 'give this one a folder of its own: --data FOLDER'
  if (holder === undefined)
    return `Another K2 works in ${data}, and is starting or ending. Try again in a moment, or ${other}.`
  const { pid, url, grpc } = holder
  return `Another K2, process ${pid}, works in ${data}. Ask that one at ${url} or, over gRPC, at ${grpc}; stop it with kill ${pid}; or ${other}.`
}
