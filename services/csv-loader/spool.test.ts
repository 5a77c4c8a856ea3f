import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { removeDeadSpools, spoolInput, startOf } from './spool.ts'

const folder = await mkdtemp(join(tmpdir(), 'k2-spool-'))
after(() => rm(folder, { recursive: true }))

test('standard input becomes a file that is named by its content', async () => {
  async function* input() {
    yield Buffer.from('a,1\n')
    yield Buffer.from('b,2\n')
  }
  const spool = () => spoolInput(input(), join(folder, 'input'), new AbortController().signal)
  const [first, second] = [await spool(), await spool()]
  assert.equal(first, second)
  assert.equal(await readFile(first, 'utf8'), 'a,1\nb,2\n')
})

// biome-ignore format: a table reads by its columns
const spools: [name: string, start: string | undefined, isAlive: boolean, stays: boolean][] = [
  ['coming-71-500', '500',     true,  true],   // still reading
  ['coming-72-500', undefined, false, false],  // killed
  ['coming-73-500', '900',     true,  false],  // killed, and another program has its pid
  ['coming-74',     undefined, true,  true],   // no start time to tell by
  ['coming-75',     undefined, false, false],
  ['0abc.input',    undefined, false, true],   // whole: a load goes on with it
  ['coming-x',      undefined, false, true],   // none of ours
]
test('the spools of processes that are gone are removed, and no other', async () => {
  const input = join(folder, 'table')
  await mkdir(input)
  for (const [name] of spools) await writeFile(join(input, name), '')
  const of = (pid: number) => spools.find(([name]) => name.startsWith(`coming-${pid}`))!
  await removeDeadSpools(
    input,
    async (pid) => of(pid)[1],
    (pid) => of(pid)[2],
  )
  assert.deepEqual((await readdir(input)).sort(), spools.flatMap(([name, , , stays]) => (stays ? [name] : [])).sort())
  await removeDeadSpools(join(folder, 'no such folder'))
})

test('a process that lives keeps its spool, and a killed one does not', async () => {
  const input = join(folder, 'real')
  await mkdir(input)
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' })
  await once(child, 'spawn')
  const start = await startOf(child.pid!)
  const name = start === undefined ? `coming-${child.pid}` : `coming-${child.pid}-${start}`
  await writeFile(join(input, name), '')
  await removeDeadSpools(input)
  assert.deepEqual(await readdir(input), [name])
  child.kill('SIGKILL')
  await once(child, 'exit')
  await removeDeadSpools(input)
  assert.deepEqual(await readdir(input), [])
})
