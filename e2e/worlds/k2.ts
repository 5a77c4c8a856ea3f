/** The `k2` command as a process of its own, with its standard output and error in pipes, as a script has them. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(import.meta.resolve('@k2/cli/main.ts'))
const DEADLINE_MS = 60_000

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Asked {
  readonly ended: Promise<Ended>
  /** Standard output up to now. */
  readonly printed: () => string
  readonly kill: (signal: NodeJS.Signals) => void
}

/** `address` is the one in its environment, beside `settings`. */
export function k2(
  args: readonly string[],
  address: string,
  settings: Readonly<Record<string, string>> = {},
  deadlineMs = DEADLINE_MS,
): Asked {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('K2_'))
  const env = { ...Object.fromEntries(others), K2_GRPC_ADDRESS: address, ...settings }
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)])
  return {
    ended: ended.then(([code, out, err]) => ({ code, out, err })),
    printed: () => printed,
    kill: (signal) => child.kill(signal),
  }
}
