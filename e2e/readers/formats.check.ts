/**
 * Answers as Arrow and Parquet over HTTP, compressed and plain: pyarrow, pandas and polars read in them what JSON says, exactly.
 * K2_PYTHON names a Python that has requirements.txt.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { seeded } from '@k2/embedded/sample.ts'
import { asking } from '../worlds/asking.ts'
import { inFolder } from '../worlds/folder.ts'
import { fillAll, landAll } from '../worlds/formats.ts'

const { K2_PYTHON } = process.env
const SCRIPT = fileURLToPath(new URL('./check_formats.py', import.meta.url))
const SEED = 22

test(
  `pyarrow, pandas and polars read answers as they are, seed ${SEED}`,
  {
    skip: K2_PYTHON === undefined ? 'K2_PYTHON names no Python' : false,
    timeout: 300_000,
  },
  (t) =>
    inFolder((data) =>
      asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
        const random = seeded(SEED)
        await fillAll(world, 300, random)
        await landAll(world)
        await fillAll(world, 200, random)
        const { promise, resolve } = Promise.withResolvers<{ error: Error | null; out: string }>()
        const options = { maxBuffer: 2 ** 26 }
        execFile(K2_PYTHON!, [SCRIPT, world.url, 'KTA', 'KTB', 'VEN'], options, (error, stdout, stderr) =>
          resolve({ error, out: `${stdout}${stderr}` }),
        )
        const { error, out } = await promise
        t.diagnostic(out.split('\n').at(-2)!)
        assert.equal(error, null, out)
      }),
    ),
)
