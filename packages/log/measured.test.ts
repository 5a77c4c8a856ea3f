import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { drain, record } from './contract/world.ts'
import { openEmbeddedLog } from './embedded/embedded.ts'
import { logContract } from './log.contract.ts'
import type { Log } from './log.ts'
import { type LogObserver, measuredLog } from './measured.ts'

const SILENT: LogObserver = { appended() {}, appendFailed() {}, read() {}, readFailed() {} }

logContract('the measured log', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-log-'))
  const open = () => measuredLog(openEmbeddedLog(folder, { now: Date.now }), SILENT)
  let log = open()
  return {
    get log() {
      return log
    },
    async reopen() {
      await log.close()
      log = open()
      return log
    },
    async close() {
      await log.close()
      await rm(folder, { recursive: true })
    },
  }
})

type Told = readonly [what: string, ...rest: readonly (string | number)[]]

/** Topics t, u and the compacted c; t holds records of 2 + 3, 2 + 2 and 2 + 0 bytes (its value is null). */
async function withLog(work: (log: Log) => Promise<void>): Promise<Told[]> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-log-'))
  const told: Told[] = []
  const log = measuredLog(openEmbeddedLog(folder, { now: Date.now }), {
    appended: (topic, records, bytes, seconds) => {
      assert.ok(seconds > 0 && seconds < 10)
      told.push(['appended', topic, records, bytes])
    },
    appendFailed: (...args) => told.push(['appendFailed', ...args]),
    read: (...args) => told.push(['read', ...args]),
    readFailed: (...args) => told.push(['readFailed', ...args]),
  })
  try {
    await log.createTopics([
      { name: 't', partitions: 1, retentionMs: 86_400_000 },
      { name: 'u', partitions: 1, retentionMs: 86_400_000 },
      { name: 'c', partitions: 1, retentionMs: null },
    ])
    await log.append('t', [record('k1', 'one'), record('k2', 'tv'), record('k3', null)])
    await log.append('c', [record('é', 'old'), record('é', 'new')])
    told.splice(0)
    await work(log)
    return told
  } finally {
    await log.close()
    await rm(folder, { recursive: true })
  }
}

const T = { topic: 't', partition: 0 }
const aborted = AbortSignal.abort(new Error('enough'))

async function first(batches: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of batches) break
}

const subscribed = (log: Log) => log.subscribe('g', ['t', 'u'], { signal: new AbortController().signal })
const followed = (log: Log, topic: string, offset: bigint) =>
  log.follow(['u', 't'], [{ topic, partition: 0, offset }], { signal: new AbortController().signal })
const away = (log: Log) =>
  log.subscribe('g', ['t', 'u'], {
    signal: new AbortController().signal,
    startAt: () => Promise.reject(new Error('a bug')),
  })

// biome-ignore format: a table reads by its columns
const rows: [name: string, work: (log: Log) => Promise<unknown>, fails: RegExp | null, told: Told[]][] = [
  ['an append',                    (log) => log.append('t', [record('é', 'ab'), record(null, 'c')]), null,         [['appended', 't', 2, 5]]],
  ['an append that is refused',    (log) => log.append('x', [record('k', 'v')]),                    /x/,           [['appendFailed', 'x', 'UNKNOWN_TOPIC']]],
  ['a range',                      (log) => drain(log.readRange({ ...T, from: 0n, to: 3n })),        null,         [['read', 't', 3, 11]]],
  ['a part of it',                 (log) => drain(log.readRange({ ...T, from: 2n, to: 3n })),        null,         [['read', 't', 1, 2]]],
  ['a range that is not asked for',async (log) => log.readRange({ ...T, from: 0n, to: 9n }),         null,         []],
  ['a range outside the log',      (log) => drain(log.readRange({ ...T, from: 0n, to: 9n })),        /9/,          [['readFailed', 't', 'OFFSET_OUT_OF_RANGE']]],
  ['a range that is cut short',    (log) => drain(log.readRange({ ...T, from: 0n, to: 3n }, { signal: aborted })), /enough/, []],
  ['a group',                      (log) => first(subscribed(log)),                                  null,         [['read', 't', 3, 11]]],
  ['a group whose start is a bug', (log) => first(away(log)),                                        /a bug/,      [['readFailed', 'all', 'INTERNAL']]],
  ['following',                    (log) => first(followed(log, 't', 1n)),                           null,         [['read', 't', 2, 6]]],
  ['following a missing offset',   (log) => first(followed(log, 't', 9n)),                           /9/,          [['readFailed', 't', 'OFFSET_OUT_OF_RANGE']]],
  ['the last values',              (log) => log.latest('c'),                                         null,         [['read', 'c', 1, 5]]],
  ['those of no topic',            (log) => log.latest('x'),                                         /x/,          [['readFailed', 'x', 'UNKNOWN_TOPIC']]],
]
for (const [name, work, fails, told] of rows) {
  test(`${name} is told as it was`, async () => {
    const found = await withLog(async (log) => {
      if (fails === null) await work(log)
      else await assert.rejects(work(log), fails)
    })
    assert.deepEqual(found, told)
  })
}
