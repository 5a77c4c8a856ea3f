/**
 * Other programs that read and write Iceberg tables, each a process of its own: an engine that aborts is an engine that
 * aborts. They are given a deed a line and answer it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type EngineName = 'PyIceberg' | 'Iceberg Java' | "DuckDB's extension"

export interface Engine {
  /** What it answers; throws with its own words where it could not. */
  ask<T = unknown>(...words: readonly unknown[]): Promise<T>
  close(): void
}

const SCRIPT = fileURLToPath(new URL('../../readers/engine.py', import.meta.url))
const JAVA = fileURLToPath(new URL('./iceberg.sh', import.meta.url))
/** Bodies that end in a checksum of their own: versitygw 1.8 now and then leaves the end to the next request of the connection. */
const NO_TRAILERS = { AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required' }
const ANSWER_MS_MAX = 120_000
const ERR_CHARS_MAX = 20_000

/** `warehouse` is a folder or a catalog's URL; `env` says where S3 is. */
export function startEngine(name: EngineName, warehouse: string, env: Readonly<Record<string, string>> = {}): Engine {
  const python = process.env.K2_PYTHON
  if (python === undefined) throw new Error('K2_PYTHON names no Python with e2e/readers/requirements.txt')
  const commands: Record<EngineName, [program: string, args: string[]]> = {
    PyIceberg: [python, [SCRIPT, 'pyiceberg', warehouse]],
    "DuckDB's extension": [python, [SCRIPT, 'duckdb', warehouse]],
    'Iceberg Java': [JAVA, ['run', warehouse]],
  }
  const [program, args] = commands[name]
  const child = spawn(program, args, {
    env: { ...process.env, ...NO_TRAILERS, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return engineOf(name, child)
}

function engineOf(name: EngineName, child: ChildProcess): Engine {
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]()
  let err = ''
  child.stderr!.on('data', (chunk) => {
    err = `${err}${chunk}`.slice(-ERR_CHARS_MAX)
  })
  child.stdin!.on('error', () => {}) // it ended: the answer that does not come says so
  return {
    async ask<T>(...words: readonly unknown[]): Promise<T> {
      child.stdin!.write(`${JSON.stringify(words)}\n`)
      const late = setTimeout(() => child.kill('SIGKILL'), ANSWER_MS_MAX)
      const line = await lines.next()
      clearTimeout(late)
      if (line.done) throw new Error(`${name} ended at ${words.join(' ')}:\n${err}`)
      const answer = JSON.parse(line.value)
      if (answer.error !== undefined) throw new Error(`${name} at ${words.join(' ')}: ${answer.error}\n${err}`)
      return answer
    },
    close: () => void child.kill('SIGTERM'),
  }
}
