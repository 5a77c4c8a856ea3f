/**
 * Docker for tests: the engine that answers here, which pulls its images; where there is none, one of our own with stand-ins
 * for them, which ends with the test.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type Env = Readonly<Record<string, string>>

export interface Engine {
  /** What docker must be told to reach it. */
  readonly env: Env
  close(): Promise<void>
}

/** From cold caches: compose is built, and eight images. */
const OPEN_MS_MAX = 1_500_000

/** Standard output and error of a program that succeeded. Throws with both where it did not. */
export async function run(program: string, args: readonly string[], env: Env = {}, ms = 60_000): Promise<string> {
  const options = { env: { ...process.env, ...env }, timeout: ms, maxBuffer: 64 * 2 ** 20 }
  try {
    const { stdout } = await promisify(execFile)(program, [...args], options)
    return stdout.trim()
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}: ${error}\n${stdout.slice(-2_000)}\n${stderr.slice(-8_000)}`)
  }
}

export async function openEngine(): Promise<Engine> {
  const answers = (args: string[]) => run('docker', args).then(Boolean, () => false)
  if ((await answers(['info'])) && (await answers(['compose', 'version'])))
    return { env: {}, close: () => Promise.resolve() }
  const script = (name: string, ...words: string[]) => run(join(import.meta.dirname, name), words, {}, OPEN_MS_MAX)
  const wasThere = await script('engine.sh', 'status').then(Boolean, () => false)
  const told = await script('engine.sh', 'start')
  const close = async () => {
    if (!wasThere) await script('engine.sh', 'stop')
  }
  try {
    await script('images.sh')
  } catch (error) {
    await close()
    throw error
  }
  return { env: Object.fromEntries(told.split(' ').map((word) => word.split('='))), close }
}
