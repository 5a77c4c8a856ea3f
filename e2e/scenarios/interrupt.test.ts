/**
 * Ctrl-C at any moment: the process ends by itself, in time, and what it leaves goes on. Each folder sees a few lives
 * that are told to end, at named moments of their work and at any, some of them twice; then one that runs to its end,
 * and log and lake must hold what the files say.
 *
 *   K2_INTERRUPT_FOLDERS=n  (4), with 4 interrupted lives each
 *   K2_INTERRUPT_SEED=n     of files, settings, moments (by the clock). A failure prints the seed that repeats its folder
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '@k2/embedded/sample.ts'
import { checkLanded, checkLoaded, look } from '../oracle/check.ts'
import { expectedOf } from '../oracle/files.ts'
import { chosen, type Moment, smallSteps } from '../worlds/dying.ts'
import { type End, killAll, type LifeOptions, live } from '../worlds/embedded.ts'
import { COMPANIES, type Random, writeFeed } from '../worlds/feed.ts'
import { inFolder } from '../worlds/folder.ts'

const FOLDERS = Number(process.env.K2_INTERRUPT_FOLDERS ?? 4)
const SEED = Number(process.env.K2_INTERRUPT_SEED ?? Date.now() % 1_000_000)
const LIVES = 4

// biome-ignore format: a table reads by its columns
const MOMENTS: readonly Moment[] = [
  ['loader.noted',                 2],
  ['any time',                     0],
  ['loader.appended',              8],
  ['sink.staged',                  2],
  ['lake.commit.decided',          2],
  ['any time',                     0],
  ['lake.commit.published',        2],
  ['sink.committed',               2],
]
/** From the start of the process, or from where it answers: as it begins, as it opens what it finds, as it works. */
const ANY_TIME_MS_MAX = 1_000
/** Between the first Ctrl-C and the second, where there is one. */
const AGAIN_MS_MAX = 60
/** A life that serves may never come to its moment. */
const MOMENT_MS_MAX = 4_000
const STOPPING = /^Stopping:/m

after(killAll)

test(`${FOLDERS * LIVES} lives are told to end, seed ${SEED}`, { timeout: 60_000 + FOLDERS * 60_000 }, async (t) => {
  const ends = new Map<string, number>()
  for (let seed = SEED; seed < SEED + FOLDERS; seed++) {
    try {
      for (const end of await inFolder((folder) => world(folder, seed))) ends.set(end, (ends.get(end) ?? 0) + 1)
    } catch (error) {
      t.diagnostic(`a folder failed; again: K2_INTERRUPT_SEED=${seed} K2_INTERRUPT_FOLDERS=1`)
      throw error
    }
  }
  for (const [end, times] of ends) t.diagnostic(`${String(times).padStart(3)} ${end}`)
})

/** How its lives ended. */
async function world(folder: string, seed: number): Promise<string[]> {
  const random = seeded(seed)
  const feed = await writeFeed(join(folder, 'files'), random)
  const csv = [...feed.first, ...feed.later]
  const data = join(folder, 'data')
  const ends: string[] = []
  for (let life = 0; life < LIVES; life++) {
    const { moment, at: place } = chosen(MOMENTS, seed * LIVES + life, random)
    const at = place && `${place}:SIGINT`
    const again = random() < 0.25
    const end = await interrupted(
      { data, csv, once: random() < 0.5, settings: smallSteps(random, at) },
      random,
      at,
      again,
    )
    ends.push(`${moment}: ${endOf(end, again || at !== undefined)}`)
  }
  const last = await live({ data, csv, once: true, settings: smallSteps(random) }).ended
  assert.equal(last.code, 0, last.err.slice(-4_000))
  const symbols = new Map(COMPANIES.map(({ id, symbol }) => [String(id), symbol]))
  const found = await look(data)
  checkLoaded(found, await expectedOf(csv, symbols))
  checkLanded(found)
  assert.deepEqual(found.head.progress.holes, [])
  return ends
}

async function interrupted(options: LifeOptions, random: Random, at: string | undefined, again: boolean): Promise<End> {
  const life = live(options)
  const isEarly = at === undefined && random() < 0.3
  const anyTimeMs = random() * ANY_TIME_MS_MAX
  const pauseMs = random() * AGAIN_MS_MAX
  if (!isEarly) await life.url
  const hasHeard = () => life.hasEnded() || STOPPING.test(life.log())
  const deadlineMs = performance.now() + (at === undefined ? anyTimeMs : MOMENT_MS_MAX)
  while (!hasHeard() && performance.now() < deadlineMs) await sleep(5)
  // Of one that tells itself to end this is the second, unless its moment has not come.
  if (!hasHeard()) life.kill('SIGINT')
  if (again) {
    await sleep(pauseMs)
    life.kill('SIGINT')
  }
  return life.ended
}

/** In words; anything but these is a failure of the process itself. One that stops may yet come to its moment: a second. */
function endOf({ code, signal, err }: End, mayBeTwice: boolean): string {
  assert.doesNotMatch(err, /the test killed it/)
  const told = err.slice(-4_000)
  if (signal === 'SIGINT') {
    if (!STOPPING.test(err)) return 'killed before it had begun'
    assert.ok(mayBeTwice, told)
    // A process that has done its work and is going hears no signal any more: the second then ends it without a word.
    return /^Ended at once, by a second signal\./m.test(err) ? 'ended at once, by the second' : 'ended as it was going'
  }
  if (code === 0) return 'ended clean'
  if (code === 1) {
    assert.match(err, /It was stopped before all was in the lake\./, told)
    return 'ended clean, with work left'
  }
  return assert.fail(`exit code ${code}, signal ${signal}: ${told}`)
}
