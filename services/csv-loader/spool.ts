/**
 * Standard input as a file, since a load needs its digest first. While it comes its name says whose it is, so that the
 * next start takes away what a kill has left; once it is whole its name is of its content, so that input that comes
 * again, after a kill as well, goes on where it was.
 *
 * A pid alone may be another's by now: the process's start time, which Linux tells, makes it that of one process. Where
 * no start time is told a spool stays as long as anyone has its pid.
 */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const COMING = /^coming-(\d+)(?:-(\d+))?$/

export async function spoolInput(input: AsyncIterable<Buffer>, folder: string, signal: AbortSignal): Promise<string> {
  await mkdir(folder, { recursive: true })
  const startedAt = await startOf(process.pid)
  const coming = join(folder, `coming-${process.pid}${startedAt === undefined ? '' : `-${startedAt}`}`)
  const hash = createHash('sha256')
  try {
    await pipeline(
      input,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(coming),
      { signal },
    )
    const path = join(folder, `${hash.digest('hex').slice(0, 32)}.input`)
    await rename(coming, path)
    return path
  } catch (error) {
    await rm(coming, { force: true })
    throw signal.aborted ? signal.reason : error
  }
}

/** Removes the spools of processes that are gone; another that is still reading its input keeps its own. */
export async function removeDeadSpools(folder: string, start = startOf, isAlive = isRunning): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid, startedAt] = COMING.exec(name) ?? []
    if (pid === undefined) continue
    const now = await start(Number(pid))
    const isOwners = now === undefined || startedAt === undefined || now === startedAt
    if (!(isOwners && isAlive(Number(pid)))) await rm(join(folder, name), { force: true })
  }
}

/** Clock ticks from the machine's start to the process's; undefined where the system does not tell. */
export async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The second field is the program's name, which may hold anything; the start is the 22nd.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
