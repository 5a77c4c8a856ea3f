/**
 * From a rejected record to a complete answer: its schema becomes known, it is replayed, and is in the lake once, beside a
 * running sink, through kill -9 at every moment, and by the command line.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { TRADES } from '@k2/contracts/tables.ts'
import { type Replayed, replay } from '@k2/landing/replay.ts'
import { realClock } from '@k2/service/clock.ts'
import { readLake } from '../oracle/lake.ts'
import { TOPIC } from '../oracle/log.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { inFolder, tradesOf, withLog } from '../worlds/folder.ts'
import { k2 } from '../worlds/k2.ts'
import { getTrades, type Meta } from '../worlds/poll.ts'
import { appendFates, type Fate, learn, PARTITION, SYMBOL } from '../worlds/rejected.ts'

const LONG_MS = 60_000
const REPLAYING = fileURLToPath(new URL('../worlds/replaying.ts', import.meta.url))
const NOBODY = '127.0.0.1:1'
const STOP = new AbortController().signal
const FATES: readonly Fate[] = ['good', 'later', 'good', 'damaged', 'later', 'later', 'good']

test('a record that its schema kept out is replayed beside a running sink', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(join(folder, 'data'), { rows: 20, ageMs: 50 }, async (world) => {
      const { log, registry, sink } = world
      await appendFates(log, registry, FATES)
      await sink.drain(AbortSignal.timeout(LONG_MS / 2))
      assert.deepEqual(await answer(world), { complete: false, numbers: [1, 3, 7] })
      assert.deepEqual(await replayed(world, folder), { in: 0, out: 4 }, 'nothing is known of it yet')

      await learn(registry)
      // The sink commits to the same partition all the while, good records and damaged ones.
      const ending = new AbortController()
      const feeding = feed(world, FATES.length + 1, ending.signal)
      const replaying = Promise.all([replayed(world, folder), replayed(world, folder)])
      await replaying.catch(() => {})
      ending.abort()
      const last = await feeding
      const [one, other] = await replaying
      assert.equal(one.in + other.in, 3, 'each by one of the two')
      await sink.drain(AbortSignal.timeout(LONG_MS / 2))
      assert.equal((await replayed(world, folder)).in, 0, 'again adds nothing')
      const all = Array.from({ length: last }, (_, i) => i + 1)
      const wanted = all.filter((number) => number !== 4 && (number <= FATES.length || number % 5 !== 0))
      assert.deepEqual((await answer(world)).numbers, wanted)
      assert.deepEqual(await inLake(folder), wanted)
    }),
  ),
)

test('an answer is complete again, and its row has the offset that it had in the log', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(join(folder, 'data'), { rows: 20, ageMs: 50 }, async (world) => {
      const { log, registry, sink, url } = world
      await appendFates(log, registry, ['good', 'later', 'good'])
      await sink.drain(AbortSignal.timeout(LONG_MS / 2))
      assert.deepEqual(await answer(world), { complete: false, numbers: [1, 3] })
      await learn(registry)
      assert.deepEqual(await replayed(world, folder), { in: 1, out: 0 })
      for (let tries = 0; tries < 200 && !(await answer(world)).complete; tries++) await sleep(20)
      assert.deepEqual(await answer(world), { complete: true, numbers: [1, 2, 3] })
      const { body } = await getTrades(url, `symbol=${SYMBOL}&order=asc&source=lake`)
      const { data } = JSON.parse(body) as { data: { kafka_offset: string; platform_sequence: string }[] }
      assert.deepEqual(
        data.map(({ kafka_offset, platform_sequence }) => [kafka_offset, platform_sequence]),
        ['0', '1', '2'].map((offset) => [offset, offset]),
      )
    }),
  ),
)

const MOMENTS = [
  'replay.files',
  'lake.commit.decided',
  'lake.commit.manifest-written',
  'lake.commit.list-written',
  'lake.commit.published',
  'replay.committed',
]

test('a replay that is killed at any moment loses and doubles nothing', { timeout: 2 * LONG_MS }, async () => {
  for (const moment of MOMENTS) {
    await inFolder(async (folder) => {
      const data = await landed(folder)
      await withLog(data, async (_, registry) => learn(registry))
      const child = spawn(process.execPath, [REPLAYING, data, moment], { stdio: ['ignore', 'ignore', 'inherit'] })
      const [code, signal] = await once(child, 'close')
      assert.deepEqual([code, signal], [null, 'SIGKILL'], `it came to ${moment}`)
      const isIn = moment === 'lake.commit.published' || moment === 'replay.committed'
      assert.deepEqual(await inLake(folder), isIn ? [1, 2, 3, 5, 6, 7] : [1, 3, 7], moment)
      const again = await k2(['dlq', 'replay', '--data', data, '--json'], NOBODY).ended
      assert.equal(again.code, 1, again.err)
      assert.deepEqual(await inLake(folder), [1, 2, 3, 5, 6, 7], moment)
      assert.deepEqual(await holesOf(data), ['3-4'], moment)
    })
  }
})

test('k2 dlq lists, shows, replays and accepts', { timeout: 2 * LONG_MS }, () =>
  inFolder(async (folder) => {
    const data = await landed(folder)
    const dlq = async (...words: string[]) => {
      const { code, out, err } = await k2(['dlq', ...words, '--data', data, '--json'], NOBODY).ended
      return { code, err, rows: out === '' ? [] : JSON.parse(out) }
    }
    const place = (offset: number | string) => `${TOPIC}/${PARTITION}/${offset}`
    const states = async () =>
      (await dlq('list')).rows.map(({ code, state, records }: Record<string, unknown>) => [code, state, records])

    assert.deepEqual(await states(), [
      ['schema', 'open', 3],
      ['avro', 'open', 1],
    ])
    const each = (await dlq('list', '--each', '--code', 'avro')).rows
    assert.deepEqual([each.length, each[0].place], [1, place(3)])
    assert.match(each[0].reason, /cut short/)
    const damaged = (await dlq('show', place(3))).rows
    assert.deepEqual(
      [damaged.state, damaged.schema_id, damaged.fields.symbol, damaged.read_from],
      ['open', 1, SYMBOL, 'log'],
    )
    assert.match(damaged.fault, /end within/)
    assert.equal(damaged.hex.length, 2 * damaged.bytes)
    const later = (await dlq('show', place(1))).rows
    assert.deepEqual([later.schema_id, later.fields.source_sequence, later.fault], [2, '2', null])
    assert.match(later.read_as, /no schema 2/)

    const early = await dlq('replay')
    assert.deepEqual([early.code, early.rows.length], [1, 2])
    await withLog(data, async (_, registry) => learn(registry))
    const would = await dlq('replay', '--code', 'schema', '--dry-run')
    assert.deepEqual([would.code, would.rows[0].outcome, would.rows[0].records], [0, 'would be replayed', 3])
    assert.deepEqual(await inLake(folder), [1, 3, 7])
    const one = await dlq('replay', place('4-5'))
    assert.deepEqual([one.code, one.rows[0].outcome, one.rows[0].records], [0, 'replayed', 1])
    const rest = await dlq('replay')
    assert.deepEqual(
      rest.rows.map(({ outcome, records }: Record<string, unknown>) => [outcome, records]),
      [
        ['still rejected', 1],
        ['replayed', 2],
      ],
    )
    assert.deepEqual(await inLake(folder), [1, 2, 3, 5, 6, 7])

    const asked = await dlq('accept', place(3), '--who', 'ann', '--why', 'damaged')
    assert.deepEqual([asked.code, /--yes/.test(asked.err)], [2, true])
    const accepted = await dlq('accept', place(3), '--who', 'ann', '--why', 'damaged', '--yes')
    assert.deepEqual([accepted.code, accepted.rows[0].outcome], [0, 'accepted as lost'], accepted.err)
    const { summary } = (await (await tradesOf(data)).snapshots()).at(-1)!
    assert.deepEqual(
      [summary['k2.accepted'], summary['k2.accepted-by'], summary['k2.accepted-because']],
      [place(3), 'ann', 'damaged'],
    )
    assert.deepEqual(await holesOf(data), [])
    assert.deepEqual(await states(), [
      ['schema', 'struck off', 3],
      ['avro', 'accepted', 1],
    ])
    const again = await dlq('accept', place(3), '--who', 'ann', '--why', 'damaged', '--yes')
    assert.deepEqual([again.code, /Nothing is open there/.test(again.err)], [1, true])
    assert.deepEqual((await dlq('replay')).rows, [])
    assert.deepEqual(await inLake(folder), [1, 2, 3, 5, 6, 7])
  }),
)

test('a log that a running K2 holds is told of', { timeout: LONG_MS }, () =>
  inFolder((folder) =>
    asking(join(folder, 'data'), { rows: 20, ageMs: 50 }, async () => {
      const { code, err } = await k2(['dlq', 'list', '--data', join(folder, 'data')], NOBODY).ended
      assert.deepEqual([code, /LOG_IN_USE/.test(err)], [1, true], err)
    }),
  ),
)

// biome-ignore format: a table reads by its columns
const WRONG: readonly [words: string[], code: number, says: RegExp][] = [
  [['dlq'],                                                     2, /k2 dlq list, k2 dlq show/],
  [['dlq', 'show', TOPIC],                                      2, /One letter is shown/],
  [['dlq', 'list', 'nowhere'],                                  2, /Topics are market\.equities/],
  [['dlq', 'list', `${TOPIC}/1/9-3`],                           2, /is no place/],
  [['dlq', 'replay', '--code', 'schemas'],                      2, /did you mean schema/],
  [['dlq', 'accept', TOPIC, '--who', 'a', '--why', 'b'],        2, /Name the records/],
  [['dlq', 'accept', `${TOPIC}/1/3`, '--who', 'a', '--yes'],    2, /--who and --why/],
  [['dlq', 'list', '--data', '/nowhere'],                       1, /There is no table of K2 in \/nowhere/],
]

for (const [words, code, says] of WRONG) {
  test(`k2 ${words.join(' ')} is told what to do`, async () => {
    const end = await k2(words, NOBODY).ended
    assert.equal(end.code, code)
    assert.match(end.err, says)
  })
}

test('an embedded log has nothing to apply', async () => {
  for (const words of [
    ['topics', 'apply'],
    ['topics', 'diff'],
  ]) {
    const { code, out, err } = await k2([...words, '--json'], NOBODY).ended
    assert.deepEqual([code, out], [0, '[]\n'])
    assert.match(err, /nothing to apply/)
  }
})

/** FATES in the log, landed, and nobody there any more. */
async function landed(folder: string): Promise<string> {
  const data = join(folder, 'data')
  await asking(data, { rows: 20, ageMs: 50 }, async ({ log, registry, sink }) => {
    await appendFates(log, registry, FATES)
    await sink.drain(AbortSignal.timeout(LONG_MS / 2))
  })
  return data
}

/** Every fifth is damaged. Answers the number of the last one. */
async function feed({ log, registry }: Asking, first: number, signal: AbortSignal): Promise<number> {
  let number = first
  while (!signal.aborted) {
    await appendFates(log, registry, [number % 5 === 0 ? 'damaged' : 'good'], number++)
    await sleep(5)
  }
  return number - 1
}

async function replayed(
  { log, registry, tables, store }: Asking,
  folder: string,
): Promise<{ in: number; out: number }> {
  const table = tables.find(({ spec }) => spec === TRADES)!
  const stagingFolder = join(folder, 'replay', randomUUID())
  const ports = { clock: realClock, random: Math.random, uuid: randomUUID, stagingFolder, tell() {}, reached() {} }
  const done = await replay({ log, registry, table, store, ...ports }, { dryRun: false }, STOP)
  const sum = (some: readonly Replayed[]) => some.reduce((total, { records }) => total + records, 0)
  return {
    in: sum(done.filter(({ code }) => code === undefined)),
    out: sum(done.filter(({ code }) => code !== undefined)),
  }
}

async function answer({ url }: Asking): Promise<{ complete: boolean; numbers: number[] }> {
  const { status, body } = await getTrades(url, `symbol=${SYMBOL}&limit=10000&order=asc`)
  assert.equal(status, 200, body)
  const { data, meta } = JSON.parse(body) as { data: { source_sequence: string }[]; meta: Meta }
  return { complete: meta.complete, numbers: data.map(({ source_sequence }) => Number(source_sequence)) }
}

async function inLake(folder: string): Promise<number[]> {
  const rows = await readLake(await tradesOf(join(folder, 'data')), join(folder, 'oracle'))
  return rows.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b)
}

async function holesOf(data: string): Promise<string[]> {
  const { progress } = await (await tradesOf(data)).head()
  return progress.holes.map(({ from, to }) => `${from}-${to}`)
}
