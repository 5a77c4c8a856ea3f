/** A thread that runs seeds, where asked to with one planted bug: a change of source on its way to Node. */
import { registerHooks } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { Bug } from './bugs.ts'

export interface Task {
  readonly from: number
  readonly count: number
  readonly bug?: Bug
}

const { from, count, bug } = workerData as Task
let isPlanted = bug === undefined

if (bug !== undefined) {
  const target = new URL(`../../${bug.file}`, import.meta.url).href
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (url !== target) return loaded
      const source = String(loaded.source)
      if (source.split(bug.find).length !== 2)
        throw new Error(`${bug.file} must have once, and has ${source.split(bug.find).length - 1} times: ${bug.find}`)
      isPlanted = true
      return { ...loaded, source: source.replace(bug.find, () => bug.replace) }
    },
  })
}

const { runSeed } = await import('./run.ts')
if (!isPlanted) throw new Error(`${bug?.file} is no part of the simulation`)

for (let seed = from; seed < from + count; seed++) {
  const verdict = await runSeed(seed)
  parentPort?.postMessage(verdict)
  if (bug !== undefined && verdict.fault !== undefined) break
}
