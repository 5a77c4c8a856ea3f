/**
 * K2 in one process of its own, as `npm start` starts it: a life that ends by itself, by a signal, or by kill -9.
 *
 *   errors  a life that neither answers nor ends within its deadline is killed and fails the test
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

/** By their names in the environment. */
export type SettingValues = Readonly<Record<string, string | number>>

const MAIN = join(import.meta.dirname, '../../embedded/main.ts')
const ERR_CHARS_MAX = 1 << 20

export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Standard output: the report of a run that came to its end. */
  readonly out: string
  /** Standard error: its log. */
  readonly err: string
}

export interface Life {
  /** Where REST answers, once it does; undefined where the process ended before. */
  readonly url: Promise<string | undefined>
  readonly ended: Promise<End>
  readonly hasEnded: () => boolean
  /** Its log up to now. */
  readonly log: () => string
  readonly kill: (signal: NodeJS.Signals) => void
}

export interface LifeOptions {
  readonly data: string
  readonly csv: readonly string[]
  /** More of the command line. */
  readonly options?: readonly string[]
  /** Ends when all is landed. */
  readonly once: boolean
  readonly settings?: SettingValues
  readonly deadlineMs?: number
}

const alive = new Set<ChildProcess>()

export function live({ data, csv, options = [], once, settings = {}, deadlineMs = 60_000 }: LifeOptions): Life {
  const ends = once ? ['--once'] : []
  const args = [MAIN, '--data', data, '--port', '0', '--grpc-port', '0', ...ends, ...options, '--csv', ...csv]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment(settings) })
  alive.add(child)
  const url = Promise.withResolvers<string | undefined>()
  const ended = Promise.withResolvers<End>()
  let [out, err, over] = ['', '', false]
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    if (err.length < ERR_CHARS_MAX) err += chunk
    const listening = /"door":"rest","url":"([^"]+)","msg":"listening"/.exec(err)
    if (listening) url.resolve(listening[1])
  })
  const late = setTimeout(() => {
    err += `\nthe test killed it after ${deadlineMs} ms`
    child.kill('SIGKILL')
  }, deadlineMs)
  child.once('close', (code, signal) => {
    clearTimeout(late)
    alive.delete(child)
    over = true
    url.resolve(undefined)
    ended.resolve({ code, signal, out, err })
  })
  return {
    url: url.promise,
    ended: ended.promise,
    hasEnded: () => over,
    log: () => err,
    kill: (signal) => child.kill(signal),
  }
}

/** Whatever a failed test has left running. */
export function killAll(): void {
  for (const child of alive) child.kill('SIGKILL')
}

/** Settings of the test's own environment must not reach the process: nor may the names of the test's. */
export function environment(settings: SettingValues): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('K2_'))
  const given = Object.entries(settings).map(([name, value]) => [name, String(value)])
  return Object.fromEntries([...kept, ...given])
}
