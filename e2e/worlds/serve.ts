/**
 * `npm start` as a child process that serves: resolves when its files are loaded and landed as far as they are, and judged
 * by its ledger of gaps: before that no answer is complete.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(import.meta.resolve('@k2/embedded/main.ts'))

export interface Serving {
  /** http://host:port */
  readonly url: string
  readonly grpcAddress: string
  /** The end of its log. */
  readonly log?: () => string
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
}

export interface ServingProcess extends Serving {
  readonly pid: number
}

/** What a failed test has left running would keep its process up for ever. */
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Two questions about snapshots are to see the same ones; a test of upkeep says otherwise. */
const NO_UPKEEP = { K2_SINK_UPKEEP_INTERVAL: '1h' }

/** With one of these no feed runs, of which something is always to be judged. */
const QUIET = ['--no-feed', '--csv', '--watch']
const JUDGED_TRIES = 300

async function judged(url: string): Promise<void> {
  // With a certificate of a test's own it tells nothing.
  if (url.startsWith('https:')) return
  for (let tries = 0; tries < JUDGED_TRIES; tries++) {
    const answer = await fetch(`${url}/v1/trades?limit=1`)
    // One that asks for a key tells nothing.
    if (!answer.ok) return
    const { meta } = (await answer.json()) as { meta: { reasons: readonly string[] } }
    if (!meta.reasons.includes('LEDGER_BEHIND')) return
    await sleep(100)
  }
  throw new Error(`the ledger of gaps has not come up with ${url}`)
}

export async function serve(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServingProcess> {
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--grpc-port', '0', ...args], {
    env: { ...process.env, ...NO_UPKEEP, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const closed = once(child, 'close')
  closed.then(() => running.delete(child))
  let url = ''
  let grpcAddress = ''
  let errors = ''
  createInterface(child.stderr).on('line', (line) => {
    errors = `${errors}${line}\n`.slice(-4_000)
    const logged = line.startsWith('{"') ? JSON.parse(line) : {}
    url = logged.msg === 'listening' && logged.url ? logged.url : url
    grpcAddress = logged.msg === 'listening' && logged.address ? logged.address : grpcAddress
  })
  const loaded = once(createInterface(child.stdout), 'line')
  await Promise.race([
    loaded,
    closed.then(([code]) => {
      throw new Error(`it ended with code ${code}:\n${errors}`)
    }),
  ])
  if (args.some((arg) => QUIET.includes(arg)) && !args.includes('--once')) await judged(url)
  return {
    url,
    grpcAddress,
    log: () => errors,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await closed
      return code as number | null
    },
  }
}
