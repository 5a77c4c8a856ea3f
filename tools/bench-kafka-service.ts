/** A service of K2 as a process of its own over the servers of a bench. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Env, KafkaWorld } from './bench-kafka-world.ts'
import { type Cost, type Measured, startMeasured } from './bench-process.ts'

const LISTENS_MS_MAX = 60_000

export interface RunningService extends Measured {
  /** Ends it, and waits. */
  stop(): Promise<Cost>
}

export function startService(
  world: KafkaWorld,
  name: 'iceberg-sink' | 'csv-loader',
  args: readonly string[] = [],
  env: Env = {},
): RunningService {
  const main = fileURLToPath(import.meta.resolve(`@k2/${name}/main.ts`))
  const own = { K2_DATA: join(world.folder, name), K2_HTTP_PORT: '0', ...env }
  const measured = startMeasured(process.execPath, [main, ...args], { ...world.env, ...own })
  return {
    ...measured,
    async stop() {
      measured.child.kill('SIGTERM')
      const code = await measured.ended
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${measured.said.err}`)
      return measured.cost()
    },
  }
}

/** Where it serves probes and metrics, once it does. */
export async function urlOf({ said, child }: RunningService): Promise<string> {
  const endMs = performance.now() + LISTENS_MS_MAX
  for (;;) {
    const found = /"url":"([^"]+)","msg":"listening"/.exec(said.err)
    if (found) return found[1]!
    if (child.exitCode !== null || performance.now() > endMs) throw new Error(`it does not listen: ${said.err}`)
    await sleep(20)
  }
}
