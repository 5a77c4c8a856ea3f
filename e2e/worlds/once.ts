/** `npm start -- --once` as a child process, and what its last line says. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '@k2/embedded/report.ts'

const MAIN = fileURLToPath(import.meta.resolve('@k2/embedded/main.ts'))

export interface OnceReport extends RunReport {
  /** The symbol that a file's rows were loaded under. */
  symbolOf(path: string): string
}

/** Runs to the end; throws with the process's own words where it fails. */
export async function runOnce(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<OnceReport> {
  const child = spawn(process.execPath, [MAIN, '--once', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const symbols = new Map<string, string>()
  let errors = ''
  let last = ''
  createInterface(child.stderr).on('line', (line) => {
    errors = `${errors}${line}\n`.slice(-4_000)
    const logged = line.startsWith('{"') ? JSON.parse(line) : {}
    if (typeof logged.path === 'string') symbols.set(logged.path, logged.symbol)
  })
  createInterface(child.stdout).on('line', (line) => {
    last = line
  })
  const code = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  if (code !== 0) throw new Error(`exit code ${code}:\n${errors}`)
  return { ...(JSON.parse(last) as RunReport), symbolOf: (path) => symbols.get(path) ?? '' }
}
