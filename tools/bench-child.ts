/** A process that a bench asks, several questions at once where it likes: each is answered under its number. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Child<Sent> {
  readonly process: ChildProcess
  readonly first: object
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>
  ask<T = Readonly<Record<string, number>>>(sent: Sent): Promise<T>
}

/** `file` lies beside this one. */
export async function startChild<Sent extends object>(
  file: string,
  args: readonly string[],
  execArgv: readonly string[] = [],
): Promise<Child<Sent>> {
  const process = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], { execArgv: [...execArgv] })
  const ended = once(process, 'exit')
  const died = ended.then(([code]) => {
    throw new Error(`${file} ended with ${code}`)
  })
  died.catch(() => {})
  const [first] = await Promise.race([once(process, 'message'), died])
  const asked = new Map<number, (answer: unknown) => void>()
  let last = 0
  process.on('message', (answer: { readonly id: number }) => {
    asked.get(answer.id)?.(answer)
    asked.delete(answer.id)
  })
  return {
    process,
    first,
    ended,
    ask<T>(sent: Sent) {
      const id = ++last
      const answer = new Promise<unknown>((resolve) => asked.set(id, resolve))
      process.send({ id, ...sent })
      return Promise.race([answer, died]) as Promise<T>
    },
  }
}
