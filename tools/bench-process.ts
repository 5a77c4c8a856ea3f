/** A process of its own and what it has cost so far, all its threads, by Linux's /proc. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const ERR_CHARS_MAX = 20_000
const LOOK_MS = 20

export interface Cost {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMemoryMb: number
}

export interface Measured {
  readonly child: ChildProcess
  /** Since it began; what it cost last where it has ended. */
  cost(): Cost
  /** Its standard output and error so far. */
  readonly said: { out: string; err: string }
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>
}

export function startMeasured(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Measured {
  const startMs = performance.now()
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err = `${said.err}${chunk}`.slice(-ERR_CHARS_MAX)
  })
  const meter = costOf(child.pid!, startMs)
  // What it has used is gone with it, so it is looked at all the time.
  const looking = setInterval(meter, LOOK_MS)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  void ended.then(() => clearInterval(looking))
  return { child, cost: meter, said, ended }
}

/** Of a process that runs; the seconds count from `startMs`. */
export function costOf(pid: number, startMs: number): () => Cost {
  let last: Cost = { seconds: 0, cpuSeconds: 0, peakMemoryMb: 0 }
  return () => {
    try {
      const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .slice(11, 13)
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
      const cpuSeconds = (Number(user) + Number(system)) / TICKS_PER_SECOND
      // A process that has ended and is not yet buried tells no memory.
      if (peak)
        last = {
          seconds: (performance.now() - startMs) / 1000,
          cpuSeconds,
          peakMemoryMb: Math.round(Number(peak[1]) / 1024),
        }
    } catch {
      // It has ended.
    }
    return last
  }
}
