import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const FIXTURE = fileURLToPath(new URL('run.fixture.ts', import.meta.url))

// biome-ignore format: a table reads by its columns
const rows: [act: string, signals: NodeJS.Signals[], exitCode: number | NodeJS.Signals, out: RegExp, err: RegExp][] = [
  ['done',    [],                    0,   /^$/,              /^$/],
  ['counted', [],                    5,   /^$/,              /^$/],
  ['asked',   [],                    2,   /^$/,              /^one setting is wrong \(SETTINGS_INVALID\)\n$/],
  ['failed',  [],                    1,   /^$/,              /^the log cannot be reached \(LOG_UNAVAILABLE\)\n$/],
  ['bug',     [],                    70,  /^$/,              /^TypeError: oops\n {4}at .*run\.fixture\.ts/],
  ['leak',    [],                    0,   /^$/,              /^$/],
  ['drain',   ['SIGTERM'],           0,   /^up\ndrained\n$/, /^$/],
  ['drain',   ['SIGINT'],            0,   /^up\ndrained\n$/, /^$/],
  ['stuck',   ['SIGTERM', 'SIGINT'], 'SIGINT', /^up\n$/,          /^Ended at once, .* is kept/],
  ['stuck',   ['SIGINT', 'SIGTERM'], 'SIGTERM', /^up\n$/,          /^Ended at once, .* is kept/],
]

for (const [act, signals, exitCode, out, err] of rows) {
  test(`a process that is ${act}${signals.map((name) => `, ${name}`).join('')} exits with ${exitCode}`, async () => {
    const child = spawn(process.execPath, [FIXTURE, act], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [exited, said, complained] = [
      new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal))),
      text(child.stdout),
      text(child.stderr),
    ]
    if (signals.length > 0) {
      await new Promise((resolve) => child.stdout.once('data', resolve))
      for (const name of signals) {
        child.kill(name)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    assert.equal(await exited, exitCode)
    assert.match(await said, out)
    assert.match(await complained, err)
  })
}
