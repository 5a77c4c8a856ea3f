/**
 * The whole process is killed with -9 at the moments of the tracker's flush, again and again; then it lives on, and its
 * ledger is what a scan of the log says.
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { TOPICS } from '@k2/contracts/topics.ts'
import { sample } from '@k2/embedded/sample.ts'
import { scanned, told } from '../oracle/sequence.ts'
import { wasKilled } from '../worlds/dying.ts'
import { killAll, live } from '../worlds/embedded.ts'
import { inFolder, withLog } from '../worlds/folder.ts'
import { append, judged, type Numbered, live as track } from '../worlds/tracking.ts'

// biome-ignore format: a table reads by its columns
const MOMENTS = ['sequence.events:1', 'sequence.positions:1', 'sequence.events:2', 'sequence.committed:1', 'sequence.positions:2']
const SMALL = { K2_SEQUENCE_FLUSH: '20ms', K2_LOADER_APPEND_ROWS: 50, K2_SEQUENCE_STREAMS: 2 }
const NOON = Date.parse('2014-03-10T02:00:00Z') * 1000

after(killAll)

const gappy = (symbol: string, from: number): Numbered[] =>
  [1, 2, 5, 3, 3, 9, 8, 20].map((number, i) => ({
    ...{ symbol, exchange: 'BINANCE', timestampMicros: NOON + (from + i) * 1_000 },
    sourceSequence: BigInt(from + number),
  }))

test(`killed at ${MOMENTS.join(', ')}`, { timeout: 300_000 }, (t) =>
  inFolder(async (folder) => {
    const data = join(folder, 'data')
    const trades = sample(1, 3_000).find(({ name }) => name === 'trades/9001.csv')!.text
    let kills = 0
    for (const [i, moment] of MOMENTS.entries()) {
      await withLog(data, async (log, registry) => {
        await log.createTopics(TOPICS)
        await append(log, registry, [...gappy('KTX', i * 30), ...gappy('KTY', i * 30)])
      })
      const csv = join(folder, `${i}.csv`)
      await writeFile(csv, trades.replaceAll('/2014', `/20${15 + i}`))
      const options = ['--symbol', 'KTA', '--no-check']
      const life = live({ data, csv: [csv], options, once: false, settings: { ...SMALL, K2_CRASH_AT: moment } })
      if (wasKilled(await life.ended)) kills++
    }
    assert.equal(kills, MOMENTS.length)
    await withLog(data, async (log, registry) => {
      const last = track(log, registry, folder)
      await judged(log)
      await last.end()
      const [wanted, found] = [await scanned(log), await told(log)]
      assert.deepEqual(found, wanted)
      const events = [...wanted.values()].flatMap(({ missing, duplicate }) => [...missing, ...duplicate])
      t.diagnostic(`${wanted.size} streams, ${events.length} gaps and repeats, ${kills} kills`)
      assert.ok(events.length > MOMENTS.length * 4)
    })
  }),
)
