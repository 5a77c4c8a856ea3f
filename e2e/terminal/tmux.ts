/** A terminal for a program to run in, and what a person would see there. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Pane {
  type(...keys: string[]): void
  /** What is on the screen, or with all that has left it at its top. */
  seen(isAll?: boolean): string
  /** Resolves with the screen once it shows that. */
  until(wanted: RegExp, deadlineMs?: number): Promise<string>
}

const LOOK_MS = 100

export async function inTerminal<T>(
  { columns, rows, cwd }: { readonly columns: number; readonly rows: number; readonly cwd: string },
  work: (pane: Pane) => Promise<T>,
): Promise<T> {
  // A server of its own, without anyone's configuration.
  const name = `k2-${process.pid}-${columns}x${rows}`
  const tmux = (...args: string[]) => execFileSync('tmux', ['-u', '-L', name, '-f', '/dev/null', ...args]).toString()
  const size = ['-x', String(columns), '-y', String(rows)]
  tmux('new-session', '-d', '-s', 'k2', ...size, '-c', cwd, 'env', 'PS1=$ ', 'bash', '--norc', '--noprofile')
  const seen = (isAll = false) =>
    tmux('capture-pane', '-p', '-t', 'k2', ...(isAll ? ['-S', '-'] : []))
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd()
  try {
    return await work({
      type: (...keys) => void tmux('send-keys', '-t', 'k2', ...keys),
      seen,
      async until(wanted, deadlineMs = 60_000) {
        const endMs = performance.now() + deadlineMs
        for (;;) {
          const screen = seen()
          if (wanted.test(screen)) return screen
          if (performance.now() > endMs) throw new Error(`${wanted} is not to be seen:\n${screen}`)
          await sleep(LOOK_MS)
        }
      },
    })
  } finally {
    tmux('kill-server')
  }
}
