/** `npm start` as a child process that serves: resolves when its files are loaded and landed as far as they are. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(import.meta.resolve('@k2/embedded/main.ts'))

export interface Serving {
  /** http://host:port */
  readonly url: string
  readonly grpcAddress: string
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
}

export interface ServingProcess extends Serving {
  readonly pid: number
}

/** Two questions about snapshots are to see the same ones; a test of upkeep says otherwise. */
const NO_UPKEEP = { K2_SINK_UPKEEP_INTERVAL: '1h' }

export async function serve(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServingProcess> {
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--grpc-port', '0', ...args], {
    env: { ...process.env, ...NO_UPKEEP, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
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
  return {
    url,
    grpcAddress,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await closed
      return code as number | null
    },
  }
}
