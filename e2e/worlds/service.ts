/** One service in a process of its own, as a container runs it. Whatever a failed test has left running ends with `killServices`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type End, environment, type SettingValues } from './embedded.ts'

export type ServiceName =
  | 'csv-loader'
  | 'degradation-controller'
  | 'iceberg-sink'
  | 'query-service'
  | 'sequence-tracker'

export interface RunningService {
  readonly pid: number
  readonly ended: Promise<End>
  readonly hasEnded: () => boolean
  /** Where it listens, once it does: to probes, or to questions. */
  url(door?: 'probes' | 'rest'): Promise<string>
  /** host:port of gRPC. */
  address(): Promise<string>
  /** /health/ready or /health/live: its status, and what it says. */
  health(probe: 'ready' | 'live'): Promise<{ readonly status: number; readonly said: string }>
  /** Its log up to now. */
  readonly log: () => string
  readonly kill: (signal: NodeJS.Signals) => void
}

const ROOT = join(import.meta.dirname, '../..')
const LISTENS_MS_MAX = 60_000
const SAID_CHARS_MAX = 1 << 20
const running = new Set<ChildProcess>()

export function startService(
  name: ServiceName | 'binance-gateway',
  args: readonly string[],
  settings: SettingValues,
): RunningService {
  const child = spawn(process.execPath, [join(ROOT, 'services', name, 'main.ts'), ...args], {
    env: environment({ K2_HTTP_PORT: 0, K2_GRPC_PORT: 0, K2_PROBE_PORT: 0, ...settings }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    if (err.length < SAID_CHARS_MAX) err += chunk
  })
  const ended = once(child, 'close').then(([code, signal]): End => {
    running.delete(child)
    return { code, signal, out, err }
  })
  async function listening(pattern: RegExp): Promise<string> {
    for (const endMs = Date.now() + LISTENS_MS_MAX; Date.now() < endMs; await sleep(50)) {
      const found = pattern.exec(err)
      if (found) return found[1]!
      if (!running.has(child)) break
    }
    throw new Error(`${name} does not listen: ${err.slice(-4_000)}`)
  }
  const url = (door = 'probes') => listening(new RegExp(`"door":"${door}","url":"([^"]+)","msg":"listening"`))
  return {
    pid: child.pid!,
    ended,
    hasEnded: () => !running.has(child),
    url,
    address: () => listening(/"address":"([^"]+)","msg":"listening"/),
    async health(probe) {
      const answer = await fetch(`${await url()}/health/${probe}`)
      return { status: answer.status, said: await answer.text() }
    },
    log: () => err,
    kill: (signal) => child.kill(signal),
  }
}

export function killServices(): void {
  for (const child of running) child.kill('SIGKILL')
}

const UNTIL_MS_MAX = 60_000

/** Asks until it holds; fails with `what` after a while, and what `seen` tells. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  seen: () => string = () => '',
): Promise<void> {
  for (const endMs = Date.now() + UNTIL_MS_MAX; Date.now() < endMs; await sleep(100)) {
    if (await Promise.resolve(holds()).catch(() => false)) return
  }
  throw new Error(`not within ${UNTIL_MS_MAX / 1_000} s: ${what}\n${seen().slice(-4_000)}`)
}
