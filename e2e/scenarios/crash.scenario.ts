/**
 * A process is killed with -9, again and again, at named moments of its work and at any; then it runs to its end, and
 * log and lake must hold what the files say. While it lives, a client asks, and every answer must have been exact.
 *
 *   K2_CRASH_RUNS=200  lives that end in a kill; above 100, a moment that was never hit fails the test
 *   K2_CRASH_SEED=n    of files, settings, moments (by the clock). A failure prints the seed that repeats its world
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '@k2/embedded/sample.ts'
import { type AnswerCounts, checkAnswers } from '../oracle/answers.ts'
import { checkLanded, checkLoaded } from '../oracle/check.ts'
import { expectedOf } from '../oracle/files.ts'
import { between, chosen, type Moment, smallSteps, wasKilled } from '../worlds/dying.ts'
import type { End } from '../worlds/embedded.ts'
import { COMPANIES, type Feed, type Random, SYMBOLS, writeFeed } from '../worlds/feed.ts'
import { type Answer, poll } from '../worlds/poll.ts'
import { inWorld, landedRows, type MakeWorld, type Work, type World } from '../worlds/world.ts'

const SEED = Number(process.env.K2_CRASH_SEED ?? Date.now() % 1_000_000)
/** On one data folder, before the run to the end. */
const KILLS = 4
const RUNS_TO_HIT_ALL = 100
/** Enough to see what goes wrong. */
const FAILURES_MAX = 5

// How late in a life each may come: a file is noted once, an append is one of many.
// biome-ignore format: a table reads by its columns
const MOMENTS: readonly Moment[] = [
  ['loader.noted',                 2],
  ['loader.before-append',        12],
  ['loader.appended',             12],
  ['loader.done',                  2],
  ['sink.staged',                  4],
  ['sink.letters',                 4],
  ['sink.files',                   4],
  ['sink.committed',               4],
  ['lake.commit.decided',          4],
  ['lake.commit.manifest-written', 4],
  ['lake.commit.list-written',     4],
  ['lake.commit.published',        4],
  ['any time',                     0],
]
export interface Kills {
  readonly runs: number
  /** From the start of a life: its start and its opening of what it finds are to be hit as well. */
  readonly anyTimeMs: { readonly min: number; readonly range: number }
  readonly msMax: number
}

interface Tally extends AnswerCounts {
  /** How often each moment was hit. */
  readonly hits: readonly string[]
  /** Lives that came to their end before their moment. */
  readonly spared: number
  readonly trades: number
  readonly letters: number
}

export function crashScenario(make: MakeWorld, kills: Kills): void {
  const { runs } = kills
  test(`${runs} lives end in kill -9, seed ${SEED}`, { timeout: kills.msMax }, (t) => crashes(t, make, kills))
}

async function crashes(t: TestContext, make: MakeWorld, { runs, anyTimeMs }: Kills): Promise<void> {
  const tallies: Tally[] = []
  const failures: unknown[] = []
  for (let seed = SEED, left = runs; left > 0 && failures.length < FAILURES_MAX; seed++, left -= KILLS) {
    try {
      const life = (world: World, folder: string) => oneWorld(world, folder, seed, Math.min(left, KILLS), anyTimeMs)
      tallies.push(await inWorld(make, life))
    } catch (error) {
      t.diagnostic(`a world failed; again: K2_CRASH_SEED=${seed} K2_CRASH_RUNS=${KILLS}`)
      failures.push(error)
    }
  }
  const never = tell(t, tallies)
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'worlds failed')
  assert.ok(sum(tallies, 'mixed') > 0, 'some answers were partly of the lake, partly of the tail')
  if (runs >= RUNS_TO_HIT_ALL) assert.deepEqual(never, [], 'every moment was hit')
}

const sum = (tallies: readonly Tally[], name: 'answers' | 'mixed' | 'spared' | 'trades' | 'letters') =>
  tallies.reduce((total, tally) => total + tally[name], 0)

/** Prints what was done; answers the moments that were never hit. */
function tell(t: TestContext, tallies: readonly Tally[]): string[] {
  const hits = tallies.flatMap((tally) => tally.hits)
  const table = MOMENTS.map(([moment]) => [moment, hits.filter((hit) => hit === moment).length] as const)
  t.diagnostic(`seed ${SEED}: ${hits.length} lives killed, ${sum(tallies, 'spared')} ended before their moment`)
  for (const [moment, times] of table) t.diagnostic(`  ${moment.padEnd(30)} ${times}`)
  t.diagnostic(
    `${tallies.length} folders judged: ${sum(tallies, 'trades')} trades, ${sum(tallies, 'letters')} dead letters`,
  )
  t.diagnostic(
    `${sum(tallies, 'answers')} answers checked, ${sum(tallies, 'mixed')} of them partly of the lake, partly of the tail`,
  )
  return table.filter(([, times]) => times === 0).map(([moment]) => moment)
}

async function oneWorld(
  world: World,
  folder: string,
  seed: number,
  kills: number,
  anyTimeMs: Kills['anyTimeMs'],
): Promise<Tally> {
  const random = seeded(seed)
  const feed = await writeFeed(join(folder, 'files'), random)
  const answers: Answer[] = []
  const texts = new Map<string, string>()
  const hits: string[] = []
  for (let life = 0; life < kills; life++) {
    const { moment, at } = chosen(MOMENTS, seed * KILLS + life, random)
    const csv = life < kills / 2 ? feed.first : shuffled([...feed.first, ...feed.later], random)
    const work = { csv, settings: settings(random, at) }
    const killAfterMs = at === undefined ? anyTimeMs.min + random() * anyTimeMs.range : undefined
    const lived = await oneLife(world, work, life, texts, killAfterMs)
    answers.push(...lived.answers)
    if (wasKilled(lived.end)) hits.push(moment)
  }
  answers.push(...(await lastLife(world, feed, random, kills, texts)))

  const symbols = new Map(COMPANIES.map(({ id, symbol }) => [String(id), symbol]))
  const expected = await expectedOf([...feed.first, ...feed.later], symbols)
  const landed = await landedRows(world)
  const found = await world.look()
  checkLoaded(found, expected)
  checkLanded(found)
  assert.deepEqual(found.head.progress.holes, [])
  assert.equal(landed.trades_v2, found.trades.length)
  const counts = checkAnswers(answers, found)
  return { ...counts, hits, spared: kills - hits.length, trades: found.trades.length, letters: found.letters.size }
}

async function oneLife(
  world: World,
  work: Work,
  number: number,
  texts: Map<string, string>,
  killAfterMs?: number,
): Promise<{ end: End; answers: readonly Answer[] }> {
  const life = world.live(work)
  const asked = poll(life, number, SYMBOLS, texts)
  if (killAfterMs !== undefined) {
    await Promise.race([sleep(killAfterMs, undefined, { ref: false }), life.ended])
    life.kill('SIGKILL')
  }
  const [end, answers] = await Promise.all([life.ended, asked])
  return { end, answers }
}

/** Nobody kills this one: it lands everything. */
async function lastLife(
  world: World,
  { first, later }: Feed,
  random: Random,
  number: number,
  texts: Map<string, string>,
): Promise<readonly Answer[]> {
  const work = { csv: [...first, ...later], settings: settings(random) }
  const { end, answers } = await oneLife(world, work, number, texts)
  assert.equal(end.code, 0, end.err.slice(-4_000))
  return answers
}

const settings = (random: Random, crash?: string) => ({
  ...smallSteps(random, crash),
  K2_SINK_UPKEEP_INTERVAL: between(random, 100, 400),
  K2_QUERY_LOOK: between(random, 100, 3_000),
})

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}
