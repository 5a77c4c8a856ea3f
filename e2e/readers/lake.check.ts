/**
 * What K2 writes, read by others: PyIceberg and Python's DuckDB hold the warehouse and the answers against the files.
 * K2_PYTHON names a Python that has requirements.txt.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writeSample } from '@k2/embedded/sample.ts'
import { runOnce } from '../worlds/once.ts'
import { asxFiles, ofRealFiles } from '../worlds/samples.ts'
import { serve } from '../worlds/serve.ts'

const { K2_PYTHON } = process.env
const SCRIPT = fileURLToPath(new URL('./check_lake.py', import.meta.url))

type Dataset = [name: string, symbols: string[], files: (folder: string) => Promise<string[]>]
const datasets: Dataset[] = [
  ['a generated sample', ['KTA', 'KTB', 'KTC'], (folder) => writeSample(folder, 3)],
  ...ofRealFiles((real): Dataset[] => [
    ['real ASX trades', ['BHP', 'DVN', 'MWR'], async () => asxFiles(real, 'trades')],
  ]),
]

for (const [name, symbols, filesOf] of datasets) {
  test(`${name}: PyIceberg and DuckDB agree with the lake and its answers`, {
    skip: K2_PYTHON === undefined ? 'K2_PYTHON names no Python' : false,
    timeout: 300_000,
  }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'k2-readers-'))
    try {
      const files = await filesOf(folder)
      const data = join(folder, 'data')
      await runOnce(['--csv', ...files, '--data', data])
      const server = await serve(['--csv', ...files, '--data', data])
      const pairs = symbols.map((symbol, i) => `${symbol}=${files[i]}`)
      const python = spawnSync(K2_PYTHON!, [SCRIPT, join(data, 'warehouse'), server.url, ...pairs], {
        encoding: 'utf8',
      })
      assert.equal(await server.stop(), 0, 'it drains and ends with 0')
      t.diagnostic(python.stdout)
      assert.equal(python.status, 0, `${python.stdout}\n${python.stderr}`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
