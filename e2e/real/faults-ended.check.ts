/** `npm run faults` that is told to end: it ends, and nothing that it started is left, neither process nor folder. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fetchedFolder } from '../worlds/real/servers.ts'

const MAIN = join(import.meta.dirname, '../faults/main.ts')

// biome-ignore format: a table reads by its columns
const ENDS: readonly [signal: NodeJS.Signals, when: string, after: RegExp][] = [
  ['SIGTERM', 'while faults come',       /min: [1-9]\d* faults; [1-9]/],
  ['SIGINT',  'while the servers start', /the servers start/],
]

for (const [signal, when, after] of ENDS) {
  test(`${signal} ${when}`, { timeout: 300_000 }, async () => {
    const set = `${process.env.K2_SERVERS_SET ?? 'test'}-${process.pid}-${signal}`
    const child = spawn(process.execPath, [MAIN, '--count', '500', '--seed', '3', '--pace', '500'], {
      env: { ...process.env, K2_SERVERS_SET: set },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close')
    let said = ''
    const isTime = Promise.withResolvers<void>()
    child.stdout.on('data', (chunk) => {
      said += chunk
      if (after.test(said)) isTime.resolve()
    })
    await Promise.race([isTime.promise, ended])
    child.kill(signal)
    const [code] = await ended
    assert.equal(code, 130, said)
    assert.match(said, /Stopping: what runs is ended\./)
    assert.deepEqual(processesOf(set), [])
    const folder = join(fetchedFolder('run'), `${set}-campaign`)
    assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], [])
  })
}

/** Their command lines, by the set's name in their environment. */
function processesOf(set: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`K2_SERVERS_SET=${set}`)
      return isOurs ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : []
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}
