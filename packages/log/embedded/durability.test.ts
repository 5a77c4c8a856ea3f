import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { numbered, numbersOf, readAll, upTo } from '../contract/world.ts'
import { type Random, seeded } from '../random.ts'
import { type EmbeddedLog, openEmbeddedLog } from './embedded.ts'

const FILE = 'log.sqlite'
const TOPIC = 'market.crypto.trades.binance'
const PARTITIONS = 3
const KILLS = 6
const FLIPS = 250
const CUTS = 40

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-durability-'))
  try {
    await test(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function withLog<T>(folder: string, work: (log: EmbeddedLog) => Promise<T>): Promise<T> {
  const log = openEmbeddedLog(folder, { now: Date.now })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

const create = (log: EmbeddedLog) =>
  log.createTopics([{ name: TOPIC, partitions: PARTITIONS, retentionMs: 86_400_000 }])
const SCRIPT = join(import.meta.dirname, 'append-until-killed.ts')

/** What the other process printed until it ended by itself or, after so many lines, was killed. */
async function appendElsewhere(folder: string, first: number, seed: number, killAfterLines: number): Promise<string[]> {
  const args = [SCRIPT, folder, TOPIC, `${PARTITIONS}`, `${first}`, `${seed}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk
    // The first line is its seed, and an unfinished one may follow.
    if (printed.split('\n').length > killAfterLines + 2) child.kill('SIGKILL')
  })
  await once(child, 'close')
  // What follows the last line's end was cut by the kill.
  return printed.split('\n').slice(0, -1)
}

/** The numbers that the log holds; checks that each partition is in order and its offsets without a gap. */
async function numbersIn(folder: string): Promise<number[]> {
  return withLog(folder, async (log) => {
    const found: number[] = []
    for (const partition of upTo(0, PARTITIONS)) {
      const read = await readAll(log, TOPIC, { partition })
      const numbers = read.map((each) => Number.parseInt(each.value!, 10))
      assert.deepEqual(
        read.map((each) => Number(each.offset)),
        upTo(0, read.length),
      )
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
      found.push(...numbers)
    }
    return found.sort((a, b) => a - b)
  })
}

describe('a process that is killed with -9 while it appends', () => {
  it(`leaves every acknowledged record, in order, none twice, ${KILLS} times over`, () =>
    inFolder(async (folder) => {
      const random = seeded()
      await withLog(folder, create)
      let first = 0
      for (let kill = 0; kill < KILLS; kill++) {
        const lines = await appendElsewhere(folder, first, random.below(2 ** 31), 1 + random.below(150))
        assert.match(lines.at(-1) ?? 'nothing', /^acknowledged \d+$/)
        const acknowledged = Number(lines.at(-1)!.split(' ')[1])
        const numbers = await numbersIn(folder)
        assert.deepEqual(numbers, upTo(0, numbers.length), 'none is missing and none is there twice')
        assert.ok(numbers.length >= acknowledged, `${acknowledged} were acknowledged, ${numbers.length} are there`)
        assert.ok(acknowledged > first)
        first = numbers.length
      }
    }))
})

describe('a folder that is in use', () => {
  const rule = /Another process holds the log in .*k2-durability.*Stop that one.*folder of its own/

  it('is LOG_IN_USE for a second process', () =>
    inFolder((folder) =>
      withLog(folder, async (log) => {
        await create(log)
        const [line = ''] = await appendElsewhere(folder, 0, 1, 1)
        assert.match(line, /^LOG_IN_USE /)
        assert.match(line, rule)
      }),
    ))

  it('is LOG_IN_USE for the same process too, until it is closed', () =>
    inFolder(async (folder) => {
      await withLog(folder, async () => {
        assert.throws(() => openEmbeddedLog(folder, { now: Date.now }), { code: 'LOG_IN_USE', message: rule })
      })
      await withLog(folder, create)
    }))
})

describe('damage', () => {
  /** 600 records a partition, their values told by their numbers. */
  async function fill(folder: string): Promise<void> {
    await withLog(folder, async (log) => {
      await create(log)
      for (const at of [0, 200, 400]) {
        const records = upTo(0, PARTITIONS).flatMap((partition) => numbered(at, at + 200, partition))
        await log.append(
          TOPIC,
          records.map((each) => ({ ...each, value: Buffer.concat([each.value!, filler]) })),
        )
      }
    })
  }
  const filler = Buffer.from(` ${'market data '.repeat(20)}`)

  async function readEverything(folder: string): Promise<string[]> {
    return withLog(folder, async (log) => {
      const parts = await Promise.all(upTo(0, PARTITIONS).map((partition) => readAll(log, TOPIC, { partition })))
      return parts.flat().map((each) => `${each.partition} ${each.offset} ${each.key} ${each.value}`)
    })
  }

  it(`of any one bit is an error or changes nothing, ${FLIPS} times over`, () =>
    inFolder(async (folder) => {
      const random = seeded()
      await fill(folder)
      const whole = await readEverything(folder)
      const bytes = await readFile(join(folder, FILE))
      let errors = 0
      for (let flip = 0; flip < FLIPS; flip++) errors += await flipOne(folder, bytes, whole, random)
      assert.ok(errors > FLIPS / 2, `${errors} of ${FLIPS} were noticed; the others hit free space`)
    }))

  async function flipOne(folder: string, bytes: Buffer, whole: readonly string[], random: Random): Promise<number> {
    const at = random.below(bytes.length)
    const flipped = Buffer.from(bytes)
    flipped[at]! ^= 1 << random.below(8)
    await writeFile(join(folder, FILE), flipped)
    try {
      assert.deepEqual(await readEverything(folder), whole, `byte ${at}`)
      return 0
    } catch (error) {
      assert.ok(error instanceof K2Error, `byte ${at}: ${error}`)
      assert.ok(['LOG_DAMAGED', 'UNKNOWN_TOPIC', 'SETTINGS_INVALID'].includes(error.code), `byte ${at}: ${error}`)
      return 1
    }
  }

  it('inside a batch names topic, partition and offset, and what lies around it can be read', () =>
    inFolder(async (folder) => {
      await fill(folder)
      const file = new DatabaseSync(join(folder, FILE))
      file.exec(`UPDATE batches SET bytes = CAST(replace(bytes, CAST('333 market' AS BLOB), CAST('333 Market' AS BLOB)) AS BLOB)
        WHERE partition_id = 2 AND base_offset = 200`)
      file.close()
      await withLog(folder, async (log) => {
        assert.equal((await readAll(log, TOPIC, { partition: 1, to: 200n })).length, 200)
        const sentence = `${TOPIC}/1 cannot be read at offset 200: its checksum is wrong. Restore`
        const damaged = { code: 'LOG_DAMAGED', message: new RegExp(`^${sentence}`) }
        await assert.rejects(readAll(log, TOPIC, { partition: 1 }), damaged)
        await assert.rejects(readAll(log, TOPIC, { partition: 1, from: 399n }), damaged)
        assert.equal((await readAll(log, TOPIC, { partition: 1, from: 400n })).length, 200)
        assert.equal((await readAll(log, TOPIC, { partition: 2 })).length, 600)
        // What the sentence says to do.
        await log.deleteBefore(TOPIC, 1, 400n)
        assert.equal((await readAll(log, TOPIC, { partition: 1 })).length, 200)
      })
    }))

  // biome-ignore format: a table reads by its columns
  const rows: [name: string, sql: string, sentence: RegExp][] = [
    ['a batch that is missing',       'DELETE FROM batches WHERE partition_id = 2 AND base_offset = 200',           /offset 200: the batch that holds it is missing/],
    ['a last batch that is missing',  'DELETE FROM batches WHERE partition_id = 2 AND base_offset = 400',           /offset 400: the batch that holds it is missing/],
    ['batches in each other\'s place', 'UPDATE batches SET bytes = (SELECT bytes FROM batches WHERE partition_id = 2 AND base_offset = 0) WHERE partition_id = 2 AND base_offset = 200', /offset 200/],
    ['an end that moved back',        'UPDATE partitions SET end_offset = 400 WHERE id = 2',                        /start and end are not what was written/],
    ['a retention that changed',      'UPDATE topics SET retention_ms = 1',                                         /entry of the topic is not what was written/],
    ['another partition count',       'DELETE FROM partitions WHERE id = 3',                                        /entry of the topic is not what was written/],
  ]

  for (const [name, sql, sentence] of rows) {
    it(`${name} is LOG_DAMAGED and not fewer records`, () =>
      inFolder(async (folder) => {
        await fill(folder)
        const file = new DatabaseSync(join(folder, FILE))
        file.exec(sql)
        file.close()
        await assert.rejects(readEverything(folder), { code: 'LOG_DAMAGED', message: sentence })
      }))
  }

  it('a journal cut anywhere leaves, to whoever accepts the loss, whole appends from the first on', () =>
    inFolder(async (folder) => {
      const random = seeded()
      const kept = join(folder, 'kept')
      const log = openEmbeddedLog(folder, { now: Date.now })
      await create(log)
      for (const at of upTo(0, 30)) {
        await log.append(
          TOPIC,
          upTo(0, PARTITIONS).flatMap((partition) => numbered(at * 10, at * 10 + 10, partition)),
        )
      }
      await copyFile(join(folder, FILE), kept)
      await copyFile(join(folder, `${FILE}-wal`), `${kept}-wal`)
      await log.close()
      const journal = await readFile(`${kept}-wal`)
      for (let cut = 0; cut < CUTS; cut++) {
        await copyFile(kept, join(folder, FILE))
        await writeFile(join(folder, `${FILE}-wal`), journal.subarray(0, random.below(journal.length)))
        await rm(join(folder, 'log.ends'), { force: true })
        await withLog(folder, async (again) => {
          const ranges = await again.ranges([TOPIC]).catch(() => [])
          assert.equal(
            new Set(ranges.map((range) => range.to)).size <= 1,
            true,
            'an append is in all partitions or none',
          )
          for (const { partition, to } of ranges) {
            assert.equal(Number(to) % 10, 0)
            assert.deepEqual(numbersOf(await readAll(again, TOPIC, { partition })), upTo(0, Number(to)))
          }
        })
      }
    }))
})

describe('what cannot be opened gets a sentence', () => {
  // biome-ignore format: a table reads by its columns
  const rows: [name: string, spoil: (path: string) => Promise<unknown>, code: string, sentence: RegExp][] = [
    ['garbage',                   (path) => writeFile(path, seeded(7).bytes(9_000)),           'LOG_DAMAGED',      /cannot be read: file is not a database\. Restore log\.sqlite from a copy, or move/],
    ['a file cut in half',        async (path) => truncate(path, (await readFile(path)).length >> 1), 'LOG_DAMAGED', /cannot be read/],
    ['another program\'s tables', async (path) => { await rm(path); sql(path, 'CREATE TABLE prices (x)') }, 'LOG_DAMAGED', /it is not a log of K2/],
    ['a newer layout',            async (path) => sql(path, 'PRAGMA user_version = 99'),       'SETTINGS_INVALID', /layout 99; this K2 reads 1\. Run the K2 that wrote it/],
  ]
  const sql = (path: string, text: string) => {
    const file = new DatabaseSync(path)
    file.exec(text)
    file.close()
  }

  for (const [name, spoil, code, sentence] of rows) {
    it(name, () =>
      inFolder(async (folder) => {
        await withLog(folder, async (log) => {
          await create(log)
          await log.append(TOPIC, numbered(0, 2_000))
        })
        await spoil(join(folder, FILE))
        const read = withLog(folder, (log) => readAll(log, TOPIC))
        await assert.rejects(read, { name: 'K2Error', code, message: sentence })
      }),
    )
  }

  it('a file where the folder should be', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'taken')
      await writeFile(path, '')
      assert.throws(() => openEmbeddedLog(path, { now: Date.now }), {
        code: 'LOG_UNAVAILABLE',
        message: /Check that the folder may be written/,
      })
    }))
})
