/**
 * A folder of trades, quotes and reference data is loaded by a process that is killed with -9 at named moments, or at
 * any; then by one that nobody kills. What DuckDB reads in the files must be in the tables, as often as there, and
 * each bad row must be a letter. crash.test.ts does the same to trades alone, and asks meanwhile.
 *
 *   K2_CRASH_RUNS=n   lives that end in a kill (8)
 *   K2_CRASH_SEED=n   of files, settings and moments (by the clock). A failure prints the seed that repeats its world
 */
import assert from 'node:assert/strict'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import { filesIn } from '@k2/csv-loader/paths.ts'
import { seeded, writeSample } from '@k2/embedded/sample.ts'
import { differences } from '../oracle/csv.ts'
import { chosen, type Moment, smallSteps, wasKilled } from '../worlds/dying.ts'
import { killAll, live } from '../worlds/embedded.ts'
import { inFolder, withLog } from '../worlds/folder.ts'

const RUNS = Number(process.env.K2_CRASH_RUNS ?? 8)
const SEED = Number(process.env.K2_CRASH_SEED ?? Date.now() % 1_000_000)
/** On one data folder, before the run to the end. */
const KILLS = 4
const TRADES = 1_200

// How late in a life each may come: a sample has nine files, and an append is one of many.
// biome-ignore format: a table reads by its columns
const MOMENTS: readonly Moment[] = [
  ['loader.noted',            5],
  ['loader.before-append',   20],
  ['loader.appended',        20],
  ['loader.done',             5],
  ['sink.files',              4],
  ['sink.committed',          4],
  ['lake.commit.published',   4],
  ['any time',                0],
]

// As many fields as good ones, so that DuckDB reads them all.
// biome-ignore format: a table reads by its columns
const BAD: readonly [path: string, row: string][] = [
  ['trades/9001.csv',                  '02/30/2014,10:00:00.000,1.1,5,0,,'],
  ['trades/9003.csv',                  '13/12/2014,10:00:00.000,1.1,5,0,,'],
  ['quotes/9001.csv',                  '02/30/2014,10:00:00.000,1,2,3,4'],
  ['quotes/9002.csv',                  'Date,Time,Bid,Ask,BidVolume,AskVolume'],
  ['quotes/9003.csv',                  '10/05/2014,02:30:00.000,1,2,3,4'],
  ['reference-data/company_info.csv',  '9009,b hp,NO SYMBOL,,05/07/2008,'],
  ['reference-data/mergers.csv',       '9001,03/10/2014,2'],
]

after(killAll)

test(`${RUNS} lives over all kinds of files end in kill -9, seed ${SEED}`, {
  timeout: 60_000 + RUNS * 20_000,
}, async (t) => {
  const hits: string[] = []
  for (let seed = SEED, left = RUNS; left > 0; seed++, left -= KILLS) {
    try {
      hits.push(...(await inFolder((folder) => world(folder, seed, Math.min(left, KILLS)))))
    } catch (error) {
      t.diagnostic(`a world failed; again: K2_CRASH_SEED=${seed} K2_CRASH_RUNS=${KILLS}`)
      throw error
    }
  }
  const counts = MOMENTS.map(([moment]) => `${moment} ${hits.filter((hit) => hit === moment).length}`)
  t.diagnostic(`${hits.length} of ${RUNS} lives were killed: ${counts.join(', ')}`)
  assert.ok(hits.length > 0, 'somebody was killed')
})

async function world(folder: string, seed: number, kills: number): Promise<string[]> {
  const random = seeded(seed)
  const files = join(folder, 'files')
  const data = join(folder, 'data')
  await writeSample(files, seed, TRADES)
  for (const [path, row] of BAD) await appendFile(join(files, path), `${row}\r\n`)
  const csv = await filesIn(files, undefined)
  const hits: string[] = []
  for (let life = 0; life < kills; life++) {
    const { moment, at } = chosen(MOMENTS, seed * KILLS + life, random)
    // Last comes first now and then, so that each kind of file is the one that a kill finds.
    const order = random() < 0.5 ? csv : csv.toReversed()
    const one = live({ data, csv: order, once: true, settings: smallSteps(random, at) })
    if (at === undefined) {
      await Promise.race([sleep(150 + random() * 2_500, undefined, { ref: false }), one.ended])
      one.kill('SIGKILL')
    }
    if (wasKilled(await one.ended)) hits.push(moment)
  }
  const last = await live({ data, csv, once: true, settings: smallSteps(random) }).ended
  assert.equal(last.code, 0, last.err.slice(-4_000))
  await judge(files, data)
  return hits
}

async function judge(files: string, data: string): Promise<void> {
  const found = await differences(files, data)
  for (const { table, rows, ...wrong } of found) {
    assert.deepEqual(wrong, { missing: [], extra: [], doubledIds: 0, wrongNumbers: [] }, table)
    assert.ok(rows > 0, table)
  }
  await withLog(data, async (log) => {
    const topics = MARKET_TOPICS.filter(({ exchange }) => exchange === 'ASX')
    for (const { name, table } of topics) {
      const logged = (await log.ranges([name])).reduce((sum, { from, to }) => sum + Number(to - from), 0)
      assert.equal(logged, found.find((one) => one.table === table.name)!.rows, `${name} holds what the table has`)
    }
    const letters = await Promise.all(topics.map(({ name }) => log.latest(`k2.dlq.${name}`)))
    const told = letters.flat().map(({ value }) => JSON.parse(Buffer.from(value).toString()))
    assert.deepEqual(
      told.map(({ file, raw_base64 }) => `${file} ${Buffer.from(raw_base64, 'base64')}`).sort(),
      BAD.map(([path, row]) => `${join(files, path)} ${row}`).sort(),
    )
  })
}
