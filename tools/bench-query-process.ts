/** A process of bench-query-serve.ts that the bench asks, several questions at once where it likes. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Numbered, Sent } from './bench-query-serve.ts'

export interface Child {
  readonly process: ChildProcess
  readonly first: object
  ask(sent: Sent): Promise<Record<string, number>>
}

export async function startChild(...args: readonly string[]): Promise<Child> {
  const file = fileURLToPath(new URL('./bench-query-serve.ts', import.meta.url))
  const process = fork(file, [...args])
  const died = once(process, 'exit').then(([code]) => {
    throw new Error(`the ${args[1]} ended with ${code}`)
  })
  died.catch(() => {})
  const [first] = await Promise.race([once(process, 'message'), died])
  const asked = new Map<number, (answer: Record<string, number>) => void>()
  let last = 0
  process.on('message', (answer: Record<string, number>) => {
    asked.get(answer.id!)?.(answer)
    asked.delete(answer.id!)
  })
  return {
    process,
    first,
    ask(sent) {
      const answer = new Promise<Record<string, number>>((resolve) => asked.set(++last, resolve))
      process.send({ id: last, ...sent } satisfies Numbered)
      return Promise.race([answer, died])
    },
  }
}
