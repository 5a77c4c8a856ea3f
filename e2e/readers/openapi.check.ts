/**
 * schemathesis asks whatever /openapi.json allows, and much that it does not: no answer is a 5xx, each is as the document says,
 * and the server does not grow. K2_PYTHON names a Python that has requirements.txt, K2_FUZZ_SECONDS says for how long,
 * K2_FUZZ_SEED repeats a run.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { type HeldBy, heldBy, heldLine } from '../worlds/growth.ts'
import { serve } from '../worlds/serve.ts'

const { K2_PYTHON } = process.env
const SECONDS = Number(process.env.K2_FUZZ_SECONDS ?? 60)
const SEED = Number(process.env.K2_FUZZ_SEED ?? Math.floor(Math.random() * 1e9))
/** All of its checks but those that hold a document to say all that is refused: two names of one parameter, say. */
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_schema_conformance'],
  ...['response_headers_conformance', 'unsupported_method', 'allow_header_conformance', 'missing_required_header'],
]
const MEBIBYTE = 2 ** 20
/** Behind a first third of the time, in which code is compiled and caches fill. */
const RSS_GROWTH_MAX = 160 * MEBIBYTE
const FILES_GROWTH_MAX = 8

/** @param folder it writes what it remembers there */
async function asked(url: string, seconds: number, seed: number, folder: string): Promise<string> {
  // Its report of failures goes with the error.
  const { stdout } = await promisify(execFile)(
    join(dirname(K2_PYTHON!), 'schemathesis'),
    [
      ...['run', `${url}/openapi.json`, '--max-time', String(Math.ceil(seconds)), '--seed', String(seed)],
      ...['--workers', '2', '--continue-on-failure', '--checks', CHECKS.join(), '--warnings', 'off', '--no-color'],
    ],
    {
      cwd: folder,
      env: { ...process.env, PYTHONPATH: import.meta.dirname, SCHEMATHESIS_HOOKS: 'openapi_hooks', COLUMNS: '160' },
      maxBuffer: 2 ** 26,
    },
  ).catch((error) => {
    throw new Error(`schemathesis found something:\n${error.stdout}\n${error.stderr}`)
  })
  return stdout
}

test(`whatever may be asked, for ${SECONDS} s`, {
  skip: K2_PYTHON === undefined ? 'K2_PYTHON names no Python' : false,
  timeout: SECONDS * 1_500 + 240_000,
}, async (t) => {
  t.diagnostic(`K2_FUZZ_SEED=${SEED}`)
  const folder = await mkdtemp(join(tmpdir(), 'k2-openapi-'))
  try {
    await (await serve(['--data', folder, '--once'])).stop()
    const world = await serve(['--data', folder, '--no-feed'])
    const looks: HeldBy[] = []
    let cases = 0
    for (const share of [1 / 3, 2 / 3]) {
      const told = await asked(world.url, SECONDS * share, SEED + looks.length, folder)
      cases += Number(/(\d+) generated/.exec(told)?.[1] ?? 0)
      looks.push(heldBy(world.pid))
    }
    const [before, after] = looks as [HeldBy, HeldBy]
    t.diagnostic(`${cases} cases; ${heldLine(before)}; at the end ${heldLine(after)}`)
    assert.ok(cases > 100, `it asked only ${cases} times`)
    assert.ok(after.rss - before.rss < RSS_GROWTH_MAX, 'memory grew')
    assert.ok(after.files - before.files < FILES_GROWTH_MAX, 'files stay open')
    assert.equal((await fetch(`${world.url}/health/ready`)).status, 200)
    assert.equal(await world.stop(), 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
