/**
 * `npm start` on a data folder that was spoilt: it ends with exit code 1 and a sentence that says what to do, or it goes
 * on, and log and lake hold what the files say, each record once.
 */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { embedded } from '@k2/embedded/compose.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { embeddedSettings } from '@k2/embedded/settings.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings } from '@k2/service/settings.ts'
import { checkLanded, checkLoaded, look } from '../oracle/check.ts'
import { type Expected, expectedOf } from '../oracle/files.ts'
import { TOPIC } from '../oracle/log.ts'
import { killAll, live } from '../worlds/embedded.ts'
import { COMPANIES, type Feed, writeFeed } from '../worlds/feed.ts'
import { withLog } from '../worlds/folder.ts'
import { getTrades } from '../worlds/poll.ts'

const SMALL = { K2_SINK_COMMIT_ROWS: 300, K2_SINK_COMMIT_AGE: 100, K2_LOADER_APPEND_ROWS: 100 }
const LONG_MS = 60_000

let folder = ''
/** In place, since a table's metadata names its files by their absolute paths. */
let data = ''
let feed: Feed
let expected: Expected

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k2-damage-'))
  data = join(folder, 'data')
  feed = await writeFeed(join(folder, 'files'), seeded(5))
  expected = await expectedOf(all(), new Map(COMPANIES.map(({ id, symbol }) => [String(id), symbol])))
  await runs(feed.first)
  await cp(data, join(folder, 'older'), { recursive: true })
  await runs(all())
  await cp(data, join(folder, 'whole'), { recursive: true })
})

after(async () => {
  killAll()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

const all = () => [...feed.first, ...feed.later]
const run = (csv: readonly string[]) => live({ data, csv, once: true, settings: SMALL }).ended

async function runs(csv: readonly string[]): Promise<string> {
  const { code, err } = await run(csv)
  assert.equal(code, 0, err.slice(-4_000))
  return err
}

async function restored(from: 'whole' | 'older', what = ''): Promise<void> {
  await rm(join(data, what), { recursive: true, force: true })
  await cp(join(folder, from, what), join(data, what), { recursive: true })
}

const TABLE = 'warehouse/market_data/trades_v2'

async function newestVersion(): Promise<string> {
  const hint = await readFile(join(data, TABLE, 'metadata/version-hint.text'), 'utf8')
  return join(data, TABLE, `metadata/v${hint}.metadata.json`)
}

/** Changes one byte of every file below that ends so, in its middle. */
async function flipMiddles(below: string, ending: string): Promise<void> {
  for (const name of await readdir(below, { recursive: true })) {
    if (!name.endsWith(ending)) continue
    const bytes = await readFile(join(below, name))
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(join(below, name), bytes)
  }
}

const dropLogBefore = (offset: bigint) =>
  withLog(data, async (log) => {
    for (const { partition, to } of await log.ranges([TOPIC]))
      if (to > offset) await log.deleteBefore(TOPIC, partition, offset)
  })

/** Every batch that holds this text has its letters changed, under an unchanged checksum. */
async function alterLog(text: string): Promise<void> {
  const path = join(data, 'log/log.sqlite')
  const bytes = await readFile(path)
  let found = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes[at]! ^= 0x20
    found++
  }
  assert.ok(found > 0, 'the log holds it')
  await writeFile(path, bytes)
}

const gone = (...path: string[]) => rm(join(data, ...path), { recursive: true })

// biome-ignore format: a table reads by its columns
const refusals: [what: string, spoil: () => Promise<unknown>, sentence: RegExp][] = [
  ['a log of which an older copy is back',  () => restored('older', 'log/log.sqlite'),                        /has lost \d+ records that it had acknowledged: .* Restore both from one copy; or, to go on without those records, delete .*log\.ends\. \(LOG_DAMAGED\)/],
  ['a log whose file is gone',              () => gone('log/log.sqlite'),                                     /has lost \d+ records that it had acknowledged/],
  ['a log cut in half',                     () => truncate(join(data, 'log/log.sqlite'), 300_000),            /The log in .* cannot be read: .*Restore log\.sqlite from a copy.* \(LOG_DAMAGED\)/],
  ['a log folder that is older',            () => restored('older', 'log'),                                   /tell different histories: .*the log ends at \d+\. .*Restore the log that the table came from, or begin with a new data folder.* \(LAKE_DISAGREES\)/],
  ['records in the log that changed',       async () => { await gone('warehouse'); await alterLog('KTA') },   /[a-z.0-9]+\/\d+ cannot be read at offset \d+: its checksum is wrong\. Restore the log from a copy.* \(LOG_DAMAGED\)/],
  ['a table whose metadata is cut',         async () => truncate(await newestVersion(), 1_000),               /The table metadata .*v\d+\.metadata\.json cannot be read: .*Restore it from a copy.* \(LAKE_DAMAGED\)/],
  ['a table whose newest version is gone',  async () => rm(await newestVersion()),                            /The table's version \d+ is gone: .*Restore it from a copy.* \(LAKE_DAMAGED\)/],
  ['a table whose manifests changed',       () => flipMiddles(join(data, TABLE, 'metadata'), 'm0.avro'),      /The manifest .*m0\.avro cannot be read: .*Restore it from a copy.* \(LAKE_DAMAGED\)/],
  ['data files that changed',               () => flipMiddles(join(data, TABLE, 'data'), '.parquet'),         /The data file .*\.parquet cannot be read: its checksum is .*Restore it from a copy.* \(LAKE_DAMAGED\)/],
  ['a warehouse gone that the log cannot land again', async () => { await dropLogBefore(50n); await gone('warehouse') }, /Table trades_v2 lacks the commits up to snapshot \d+, which the log has noted, .*begins at offset 50\..* Restore the table's folder from a copy.* \(LAKE_DISAGREES\)/],
]

for (const [what, spoil, sentence] of refusals) {
  test(`${what} is refused with a sentence`, { timeout: LONG_MS }, async () => {
    await restored('whole')
    await spoil()
    // One row that is new, in a file that so must be compared with what is held.
    const [file = ''] = feed.first
    const longer = file.replace('.csv', '.longer.csv')
    await writeFile(longer, `${await readFile(file, 'utf8')}04/07/2014,15:59:58.000,36.65,100,0,,\r\n`)
    const { code, err, out } = await run([longer])
    assert.equal(code, 1, err.slice(-4_000))
    assert.equal(out, '')
    assert.match(err, sentence)
  })
}

// biome-ignore format: a table reads by its columns
const recoveries: [what: string, spoil: () => Promise<unknown>, told: RegExp][] = [
  ['a warehouse that is gone',                     () => gone('warehouse'),                                                                 /the table lacks the commits up to snapshot \d+, which the log has noted: they are landed again/],
  ['a warehouse of which an older copy is back',   () => restored('older', 'warehouse'),                                                    /the table lacks the commits up to snapshot \d+, which the log has noted: they are landed again/],
  ['a newest version that is gone with its hint',  async () => { await rm(await newestVersion()); await gone(TABLE, 'metadata/version-hint.text') }, /the table lacks the commits up to snapshot \d+, which the log has noted: they are landed again/],
]

for (const [what, spoil, told] of recoveries) {
  test(`${what} is landed again, each record once`, { timeout: LONG_MS }, async () => {
    await restored('whole')
    await spoil()
    assert.match(await runs(all()), told)
    const found = await look(data)
    checkLoaded(found, expected)
    checkLanded(found)
  })
}

test('an answering process without a sink ends with the sentence, and does not read the same bytes for ever', async () => {
  await restored('whole')
  await gone('warehouse')
  await alterLog('KTA')
  const settings = readSettings(embeddedSettings, { data, httpPort: 0, grpcPort: 0 }, {})
  const world = await embedded(settings, { logger: silentLogger, reached: () => {} })
  const { services } = world.query
  try {
    const signal = AbortSignal.timeout(LONG_MS)
    const running = runServices(services, { logger: silentLogger, signal, health: world.health })
    await assert.rejects(running, {
      code: 'LOG_DAMAGED',
      message: /cannot be read at offset \d+: its checksum is wrong/,
    })
  } finally {
    await world.sink.stop?.()
    await world.close()
  }
})

test('a question that needs a damaged data file gets its sentence, and the process goes on', {
  timeout: LONG_MS,
}, async () => {
  await restored('whole')
  await flipMiddles(join(data, TABLE, 'data'), '.parquet')
  const served = live({ data, csv: feed.first, once: false, settings: SMALL })
  const url = await served.url
  assert.ok(url, served.log())
  for (let times = 0; times < 2; times++) {
    const { status, body } = await getTrades(url, 'limit=10000')
    assert.equal(status, 500)
    assert.match(body, /LAKE_DAMAGED.*The data file .*its checksum is|The data file .*its checksum is.*LAKE_DAMAGED/s)
  }
  served.kill('SIGTERM')
  assert.equal((await served.ended).code, 0)
})
