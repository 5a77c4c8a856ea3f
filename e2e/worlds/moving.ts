/**
 * A world in which everything moves: records come, some of them damaged; the sink commits every few, files are compacted,
 * snapshots expire, what they named is deleted, and orphans are removed, all at once and over and over.
 */
import { randomUUID } from 'node:crypto'
import { copyFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '@k2/contracts/codes.ts'
import { workerRewriter } from '@k2/iceberg-sink/adapters/rewrite.ts'
import { compact } from '@k2/lake/maintenance/compact.ts'
import { expire, sweep } from '@k2/lake/maintenance/expire.ts'
import { removeOrphans } from '@k2/lake/maintenance/orphans.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import type { Table } from '@k2/lake/table.ts'
import { type Asking, type AskingOptions, asking } from './asking.ts'
import { inFolder } from './folder.ts'
import { referenceOf } from './market.ts'
import { below, INSTRUMENTS, oneOf, quoteOf, tradeOf } from './venues.ts'

type Random = () => number

export interface Moved {
  records: number
  damaged: number
  compacted: number
  expired: number
  deleted: number
  orphans: number
}

const LIMITS = { rows: 40, ageMs: 80 }
/** So many come as fast as they can, for answers to be of. */
const FIRST_RECORDS = 600
const PAUSE_MS = 40
/** A question may still read what nobody names any more. */
const GRACE_MS = 5_000
const RETENTION = { allMs: 1_500, everyMinuteMs: 0 }
const OLD_SECONDS = 2 * 3_600

/** `work` is done while it moves; fails where one of the movers does. */
export const moving = (
  random: Random,
  work: (world: Asking, moved: Moved) => Promise<void>,
  options: AskingOptions = {},
): Promise<Moved> =>
  inFolder((data) =>
    asking(
      data,
      LIMITS,
      async (world) => {
        const moved: Moved = { records: 0, damaged: 0, compacted: 0, expired: 0, deleted: 0, orphans: 0 }
        const over = new AbortController()
        const movers = [feed(world, random, moved, over.signal), keepUp(world, data, moved, over.signal)]
        const failing = Promise.all(movers).then(() => {})
        failing.catch(() => {})
        try {
          while (moved.records < FIRST_RECORDS) await Promise.race([failing, sleep(20)])
          await Promise.race([work(world, moved), failing])
        } finally {
          over.abort()
          await Promise.allSettled(movers)
        }
        await failing
        return moved
      },
      options,
    ),
  )

async function feed(world: Asking, random: Random, moved: Moved, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const instrument = oneOf(random, INSTRUMENTS)
    const of = <T>(make: () => T): T[] => Array.from({ length: 1 + below(random, 9) }, make)
    const dice = random()
    if (dice < 0.02) await damage(world, random, moved)
    else if (dice < 0.06) await world.append('reference', [company(random)])
    else if (dice < 0.6)
      await world.append(
        'trades',
        of(() => withVendor(tradeOf(instrument, random), random)),
      )
    else
      await world.append(
        'quotes',
        of(() => withVendor(quoteOf(instrument, random), random)),
      )
    moved.records += 5
    await sleep(moved.records < FIRST_RECORDS ? 1 : PAUSE_MS)
  }
}

const withVendor = <T>(record: T, random: Random): T =>
  random() < 0.5 ? record : { ...record, vendorData: { venue: 'X, "quoted"', note: 'späť\n' } }

const company = (random: Random) => {
  const id = oneOf(random, ['9001', '9002', '9003'])
  const symbol = oneOf(random, ['KTA', 'KTB'])
  return referenceOf(symbol, id, `${symbol} ${below(random, 1_000)} LTD`)
}

/** The front of a good record: no table can take it. */
async function damage({ log, append }: Asking, random: Random, moved: Moved): Promise<void> {
  const instrument = oneOf(random, INSTRUMENTS)
  const { partition, from } = await append('trades', [tradeOf(instrument, random)])
  const slash = partition.lastIndexOf('/')
  const [topic, number] = [partition.slice(0, slash), Number(partition.slice(slash + 1))]
  for await (const { values } of log.readRange({ topic, partition: number, from, to: from + 1n })) {
    const value = values.bytes.subarray(values.starts[0]!, values.ends[0]! - 3)
    await log.append(topic, [{ key: instrument.symbol, value: Buffer.from(value) }])
  }
  moved.damaged++
}

async function keepUp(world: Asking, data: string, moved: Moved, signal: AbortSignal): Promise<void> {
  const rewriter = workerRewriter({ memoryMb: 256, threads: 1, tempFolder: join(data, 'tmp', 'upkeep') })
  try {
    while (!signal.aborted) {
      for (const table of world.tables) {
        try {
          await pass(table, world, rewriter, data, moved, signal)
        } catch (error) {
          // The sink's commits win; the next pass tries again.
          if (!signal.aborted && codeOf(error) !== 'LAKE_UNAVAILABLE') throw error
        }
      }
      await sleep(100)
    }
  } finally {
    await rewriter.close()
  }
}

async function pass(
  table: Table,
  { store }: Asking,
  rewriter: ReturnType<typeof workerRewriter>,
  data: string,
  moved: Moved,
  signal: AbortSignal,
): Promise<void> {
  const stagingFolder = join(data, 'staging', 'upkeep')
  const ports = { table, store, rewriter, files: inPlace, stagingFolder, uuid: randomUUID, now: Date.now }
  const { filesBefore } = await compact(ports, signal)
  moved.compacted += filesBefore
  moved.expired += await expire(ports, RETENTION)
  moved.deleted += await sweep(ports, GRACE_MS)
  await age(table)
  moved.orphans += (await removeOrphans(ports, OLD_SECONDS * 500)).files
}

/** Every file that is named looks old, and beside it lies a copy that nobody names. */
async function age(table: Table): Promise<void> {
  const { files } = await table.plan({})
  const then = Date.now() / 1000 - OLD_SECONDS
  for (const { path } of files.slice(0, 3)) {
    const orphan = path.replace(/[^/]+$/, `${randomUUID()}.parquet`)
    await copyFile(path, orphan)
    await utimes(orphan, then, then)
  }
  for (const { path } of files) await utimes(path, then, then).catch(() => {})
}
