/** One seed, from its first step to its verdict. */
import { World } from './world.ts'

export interface Verdict {
  readonly seed: number
  /** What is wrong. */
  readonly fault?: string
  /** Of the record of all steps. */
  readonly digest: string
  readonly steps: number
  readonly figures: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
}

export async function runSeed(seed: number, told?: (line: string) => void): Promise<Verdict> {
  const world = new World(seed, told)
  const { scheduler, figures, faults } = world
  let fault: string | undefined
  process.on('unhandledRejection', world.unheard)
  try {
    await world.run()
  } catch (error) {
    fault = error instanceof Error ? (error.stack ?? error.message) : String(error)
  } finally {
    process.off('unhandledRejection', world.unheard)
  }
  const done = { seed, digest: scheduler.digest(), steps: scheduler.steps, figures, faults: faults.counts }
  return fault === undefined ? done : { ...done, fault }
}
