/** The examples in Python, run against a served lake. K2_PYTHON names a Python that has requirements.txt. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Serving, serve } from '../worlds/serve.ts'

const { K2_PYTHON } = process.env
const EXAMPLES = join(import.meta.dirname, '../../examples')

// biome-ignore format: a table reads by its columns
const examples: readonly (readonly [name: string, at: (world: Serving) => string, last: RegExp])[] = [
  ['trades_grpc.py',    ({ grpcAddress }) => grpcAddress, /^12000 trades, complete: True, reasons: \[\]$/],
  ['bars_dataframe.py', ({ url }) => url,                 /^\d+ bars, volume 30356464(\.0+)?, complete: True$/],
]

test('each example runs, and says what K2 does', {
  skip: K2_PYTHON === undefined ? 'K2_PYTHON names no Python' : false,
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-examples-'))
  try {
    await (await serve(['--data', folder, '--once'])).stop()
    const world = await serve(['--data', folder, '--no-feed'])
    for (const [name, at, last] of examples) {
      const asked = spawnSync(K2_PYTHON!, [join(EXAMPLES, name), 'KTA', at(world)], { encoding: 'utf8' })
      assert.equal(asked.status, 0, asked.stderr)
      assert.match(asked.stdout.trimEnd().split('\n').at(-1)!, last, name)
    }
    assert.equal(await world.stop(), 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
