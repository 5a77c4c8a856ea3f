/** The simulation itself: a seed is a seed, all of some seeds hold, and what is planted is found. More in `.ci/run`. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { BUGS } from './bugs.ts'
import { runSeed, type Verdict } from './run.ts'
import { hunt, runSeeds } from './runs.ts'

const TIMEOUT_MS = 300_000
const SEEDS = 100
const BUG_SEEDS_MAX = 40

test('a seed is the same run each time, step by step', async () => {
  for (const seed of [3, 18]) {
    const [first, again] = [await runSeed(seed), await runSeed(seed)]
    assert.equal(first.fault, undefined)
    assert.equal(again.digest, first.digest)
    assert.notEqual((await runSeed(seed + 1)).digest, first.digest)
  }
})

test(`${SEEDS} seeds hold`, { timeout: TIMEOUT_MS }, async () => {
  const failed: Verdict[] = []
  let seeds = 0
  await runSeeds(1, SEEDS, 1, (verdict) => {
    seeds++
    if (verdict.fault !== undefined) failed.push(verdict)
  })
  assert.deepEqual(failed, [])
  assert.equal(seeds, SEEDS)
})

test('each bug that is planted has its one place', async () => {
  for (const { name, file, find } of BUGS) {
    const source = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')
    assert.equal(source.split(find).length - 1, 1, `${name}: ${file} has ${find}`)
  }
})

for (const name of [
  'its own commit is not looked for',
  'a batch is taken that begins before',
  'files go with their snapshot',
  'the window is forgotten at a restart',
]) {
  test(`found where it is planted: ${name}`, { timeout: TIMEOUT_MS }, async (t) => {
    const bug = BUGS.find((one) => one.name === name)
    assert.ok(bug)
    const { found } = await hunt(bug, 1, BUG_SEEDS_MAX)
    t.diagnostic(`seed ${found?.seed}: ${found?.fault?.split('\n')[0]}`)
    assert.ok(found, `not found in ${BUG_SEEDS_MAX} seeds`)
  })
}

test('a bug that its file has no place for is not planted in silence', async () => {
  const bug = { ...BUGS[0]!, find: 'nowhere to be found' }
  await assert.rejects(hunt(bug, 1, 1), /must have once, and has 0 times/)
})
