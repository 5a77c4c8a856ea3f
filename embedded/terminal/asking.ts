/** Asks the examples of the process itself, at the door that people use. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, exampleLines } from './examples.ts'
import { examplesOf, type ListedSymbol } from './questions.ts'
import type { Doors } from './state.ts'
import type { Paint } from './text.ts'

const ANSWER_MS = 10_000
/** The ledger of gaps has what has just come a little later: worth a wait, once. */
const JUDGED_MS_MAX = 5_000
const LOOK_MS = 200

/** undefined where there is nothing to ask for, or no answer in time: people can do without examples. */
export async function examplesText(
  doors: Doors,
  cells: number,
  paint: Paint,
  signal: AbortSignal,
): Promise<string | undefined> {
  const get = async (path: string): Promise<Answer> => {
    // Not kept alive: the connection would hold up the end of the server.
    const headers = { connection: 'close' }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
    const response = await fetch(doors.url + path, { headers, signal: limit })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Answer
  }
  const endMs = performance.now() + JUDGED_MS_MAX
  const judged = async (path: string): Promise<Answer> => {
    for (;;) {
      const answer = await get(path)
      if (!answer.meta.reasons.includes('LEDGER_BEHIND') || performance.now() >= endMs) return answer
      await sleep(LOOK_MS, undefined, { signal })
    }
  }
  try {
    const { data } = await get('/v1/symbols')
    const blocks: string[][] = []
    for (const example of examplesOf(data as unknown as readonly ListedSymbol[]))
      blocks.push(exampleLines(example, await judged(example.path), doors, cells, paint))
    if (blocks.length === 0) return undefined
    const more = `More: ${doors.url}/docs, npx k2 stats, npx k2 snapshots.`
    return [...blocks, [more]].map((lines) => `${lines.join('\n')}\n`).join('\n')
  } catch {
    return undefined
  }
}
