/**
 * The log's files, spoilt in every way that a disk, a copy or a hand may: what was acknowledged is all there and as it
 * was, or a sentence says what to do. Never fewer records.
 *
 *   K2_DAMAGE=all  every byte of the last commit, not only those of the frames' headers and a sample: minutes, where TMPDIR lies in memory
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { record, upTo } from '@k2/log/contract/world.ts'
import { type EmbeddedLog, openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { seeded } from '@k2/log/random.ts'

const EVERY = process.env.K2_DAMAGE === 'all'
const TOPIC = 'market.crypto.trades.binance'
const PARTITIONS = 3
const NAMES = ['log.sqlite', 'log.sqlite-wal', 'log.sqlite-shm', 'log.ends'] as const
const [DATABASE, JOURNAL, SHARED, NOTE] = NAMES
const JOURNAL_HEADER = 32
const FRAME_HEADER = 24
const PAGE = 16_384
const FRAME = FRAME_HEADER + PAGE
const SAMPLE = 60

/** undefined: there is no such file. */
type Files = { readonly [name in (typeof NAMES)[number]]?: Buffer | undefined }

const folder = mkdtempSync(join(tmpdir(), 'k2-damage-'))
/** Checkpointed, then appended to: the last appends lie in the journal alone. */
let whole: Files = {}
/** As it was before those. */
let older: Files = {}
let records: readonly string[] = []
/** Where the journal's last commit begins. */
let lastCommit = 0

const open = () => openEmbeddedLog(folder, { now: Date.now })

function files(): Files {
  const found = NAMES.flatMap((name) => {
    try {
      return [[name, readFileSync(join(folder, name))]]
    } catch {
      return []
    }
  })
  return Object.fromEntries(found)
}

function lay(given: Files): void {
  for (const name of NAMES) {
    const bytes = given[name]
    if (bytes === undefined) rmSync(join(folder, name), { force: true })
    else writeFileSync(join(folder, name), bytes)
  }
}

async function appendRound(log: EmbeddedLog, round: number): Promise<void> {
  const some = upTo(0, PARTITIONS).flatMap((partition) =>
    upTo(0, 20).map((i) =>
      record(`key ${i}`, `round ${round} of ${partition}, ${i}: ${'data '.repeat(40)}`, partition),
    ),
  )
  await log.append(TOPIC, some)
}

async function readAll(log: EmbeddedLog): Promise<string[]> {
  const lines: string[] = []
  for (const range of await log.ranges([TOPIC])) {
    for await (const { from, count, offsetDeltas, values } of log.readRange(range)) {
      const bytes = Buffer.from(values.bytes.buffer, values.bytes.byteOffset, values.bytes.byteLength)
      for (let i = 0; i < count; i++)
        lines.push(
          `${range.partition} ${from + BigInt(offsetDeltas[i]!)} ${bytes.toString('utf8', values.starts[i]!, values.ends[i]!)}`,
        )
    }
  }
  return lines
}

before(async () => {
  let log = open()
  await log.createTopics([{ name: TOPIC, partitions: PARTITIONS, retentionMs: 86_400_000 }])
  for (const round of upTo(0, 8)) await appendRound(log, round)
  await log.close()
  older = files()
  log = open()
  for (const round of upTo(8, 11)) await appendRound(log, round)
  const before = files()[JOURNAL]!.length
  await appendRound(log, 11)
  whole = files()
  records = await readAll(log)
  lastCommit = before
  await log.close()
  assert.ok(whole[JOURNAL]!.length > before && (before - JOURNAL_HEADER) % FRAME === 0)
  assert.equal(records.length, 12 * 20 * PARTITIONS)
})

after(() => rmSync(folder, { recursive: true }))

/** 'same': every record, as it was; else the refusal's code. */
async function outcome(spoilt: Files): Promise<string> {
  lay(spoilt)
  let log: EmbeddedLog | undefined
  try {
    log = open()
    assert.deepEqual(await readAll(log), records)
    return 'same'
  } catch (error) {
    if (!(error instanceof K2Error)) throw error
    assert.match(error.message, /Restore|Run the K2 that wrote it/)
    return error.code
  } finally {
    await log?.close()
  }
}

/** How often each outcome came; only these may. */
async function tally(t: TestContext, all: Iterable<Files>, allowed: readonly string[]) {
  const counts: Record<string, number> = {}
  for (const spoilt of all) {
    const is = await outcome(spoilt)
    counts[is] = (counts[is] ?? 0) + 1
  }
  t.diagnostic(JSON.stringify(counts))
  assert.deepEqual(
    Object.keys(counts).filter((is) => !allowed.includes(is)),
    [],
  )
  return counts
}

const spoilt = (name: (typeof NAMES)[number], bytes: Buffer | undefined): Files => ({ ...whole, [name]: bytes })

function* cuts(name: (typeof NAMES)[number], lengths: Iterable<number>) {
  for (const length of lengths) yield spoilt(name, whole[name]!.subarray(0, length))
}

function* flips(name: (typeof NAMES)[number], times: number) {
  const random = seeded()
  for (let i = 0; i < times; i++) {
    const bytes = Buffer.from(whole[name]!)
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
    yield spoilt(name, bytes)
  }
}

function* zeroed(name: (typeof NAMES)[number], size: number, start = 0) {
  for (let at = start; at < whole[name]!.length; at += size) {
    const bytes = Buffer.from(whole[name]!)
    bytes.fill(0, at, at + size)
    yield spoilt(name, bytes)
  }
}

describe('the journal', () => {
  it('cut inside its last commit is refused, and nothing else is', async (t) => {
    const random = seeded()
    const size = whole[JOURNAL]!.length
    const lengths = upTo(lastCommit, size).filter((length) => {
      const inFrame = (length - JOURNAL_HEADER) % FRAME
      return EVERY || inFrame <= FRAME_HEADER || inFrame >= FRAME - 2 || random.below(PAGE) < SAMPLE
    })
    assert.ok(lengths.length > 100)
    await tally(t, cuts(JOURNAL, lengths), ['LOG_DAMAGED'])
    assert.equal(await outcome(whole), 'same')
  })

  it('cut anywhere is refused', async (t) => {
    const random = seeded()
    const anywhere = Array.from({ length: SAMPLE }, () => random.below(lastCommit))
    await tally(t, cuts(JOURNAL, [...upTo(0, JOURNAL_HEADER + 1), ...anywhere]), ['LOG_DAMAGED'])
  })

  it('with zeroed frames, flipped bits or not there at all is refused', async (t) => {
    await tally(t, [...zeroed(JOURNAL, FRAME, JOURNAL_HEADER), spoilt(JOURNAL, undefined)], ['LOG_DAMAGED'])
    await tally(t, zeroed(JOURNAL, whole[JOURNAL]!.length), ['LOG_DAMAGED'])
    const { LOG_DAMAGED } = await tally(t, flips(JOURNAL, 3 * SAMPLE), ['LOG_DAMAGED', 'same'])
    assert.ok(LOG_DAMAGED! > 2 * SAMPLE)
  })

  it('refused, is taken again once it is back; or without it once the note is deleted', async () => {
    const cut = whole[JOURNAL]!.subarray(0, lastCommit)
    lay(spoilt(JOURNAL, cut))
    assert.throws(open, {
      code: 'LOG_DAMAGED',
      message:
        /has lost 60 records that it had acknowledged: market\.crypto\.trades\.binance\/0 ended at offset 240 and now ends at 220, and 2 more partitions likewise\. .*Restore both from one copy; or, to go on without those records, delete .*log\.ends\.$/,
    })
    // The refusal has touched the database; the journal put back makes it whole all the same.
    writeFileSync(join(folder, JOURNAL), whole[JOURNAL]!)
    let log = open()
    assert.deepEqual(await readAll(log), records)
    await log.close()
    lay({ ...spoilt(JOURNAL, cut), [NOTE]: undefined })
    log = open()
    assert.equal((await readAll(log)).length, records.length - 60)
    await appendRound(log, 11)
    assert.deepEqual(await readAll(log), records)
    await log.close()
  })
})

describe('the database', () => {
  it('cut, emptied, with zeroed pages or not there is refused or as it was', async (t) => {
    const random = seeded()
    const size = whole[DATABASE]!.length
    const edges = upTo(0, size / PAGE).flatMap((page) => [page * PAGE, page * PAGE + 1, (page + 1) * PAGE - 1])
    const lengths = [...upTo(0, 101), ...edges, ...upTo(0, SAMPLE).map(() => random.below(size))]
    await tally(t, cuts(DATABASE, lengths), ['LOG_DAMAGED', 'same'])
    await tally(t, zeroed(DATABASE, PAGE), ['LOG_DAMAGED', 'same'])
    await tally(t, zeroed(DATABASE, size), ['LOG_DAMAGED', 'same'])
    await tally(t, [spoilt(DATABASE, undefined)], ['LOG_DAMAGED'])
  })

  it('with flipped bits is refused or as it was', async (t) => {
    await tally(t, flips(DATABASE, 3 * SAMPLE), ['LOG_DAMAGED', 'SETTINGS_INVALID', 'same'])
  })

  it('of an older copy, with or without the newer journal, is refused or as it was', async (t) => {
    const old = { ...whole, [DATABASE]: older[DATABASE] }
    await tally(t, [{ ...old, [JOURNAL]: undefined }], ['LOG_DAMAGED'])
    await tally(t, [old], ['LOG_DAMAGED', 'same'])
    await tally(t, [{ [NOTE]: whole[NOTE]! }], ['LOG_DAMAGED'])
  })
})

describe('the note', () => {
  it('refuses nothing, however it is spoilt', async (t) => {
    const size = whole[NOTE]!.length
    await tally(t, cuts(NOTE, upTo(0, size)), ['same'])
    await tally(t, zeroed(NOTE, 1), ['same'])
    await tally(t, zeroed(NOTE, size), ['same'])
    await tally(t, flips(NOTE, SAMPLE), ['same'])
    await tally(
      t,
      [spoilt(NOTE, undefined), spoilt(NOTE, older[NOTE]), spoilt(SHARED, Buffer.alloc(PAGE, 7))],
      ['same'],
    )
  })
})

it('a schema that changed in the registry is refused, and decodes nothing', async () => {
  lay(whole)
  const log = open()
  const registry = log.registry(() => undefined)
  const text = JSON.stringify({ type: 'fixed', size: 4, name: 'recognisable' })
  const id = await registry.register('s', text)
  await log.close()
  const bytes = readFileSync(join(folder, DATABASE))
  let found = 0
  for (let at = bytes.indexOf('recognisable'); at >= 0; at = bytes.indexOf('recognisable', at + 1)) {
    const other = Buffer.from(bytes)
    other.write('R', at)
    writeFileSync(join(folder, DATABASE), other)
    const again = open()
    await assert.rejects(again.registry(() => undefined).schema(id), {
      code: 'LOG_DAMAGED',
      message: /^Schema \d+ in .* is not what was written\. Restore/,
    })
    await again.close()
    found++
  }
  assert.equal(found, 2, 'it stands in the table and in its index')
})
