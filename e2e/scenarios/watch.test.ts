/**
 * The loader in a process of its own that watches folders: files come, grow and come again under other names while it is
 * killed with -9 at its moments; log and files must be equal at the end, and it ends by SIGTERM.
 *
 *   K2_WATCH_SEED=n  of files and moments (by the clock)
 */
import assert from 'node:assert/strict'
import { appendFile, copyFile, mkdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { after, test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { checkLoaded, look } from '../oracle/check.ts'
import { expectedOf } from '../oracle/files.ts'
import { COMPANIES, writeFeed } from '../worlds/feed.ts'
import { inFolder } from '../worlds/folder.ts'
import { killServices, type RunningService, startService, until } from '../worlds/service.ts'

const SEED = Number(process.env.K2_WATCH_SEED ?? Date.now() % 1_000_000)
const MOMENTS = ['loader.noted:2', 'loader.appended:7', 'loader.before-append:9', 'loader.done:1']

after(killServices)

/** Files that it has come to the end of, as its log tells. */
const loaded = (loader: RunningService): number =>
  loader.log().match(/"msg":"file (loaded|was loaded before|has no rows)"/g)?.length ?? 0

test(`a watched folder through kill -9, seed ${SEED}`, { timeout: 180_000 }, () =>
  inFolder(async (folder) => {
    const random = seeded(SEED)
    const symbols = new Map(COMPANIES.map(({ id, symbol }) => [String(id), symbol]))
    const feed = await writeFeed(join(folder, 'feed'), random)
    const watched = ['one', 'two'].map((name) => join(folder, name))
    for (const each of watched) await mkdir(join(each, 'trades'), { recursive: true })
    const list = join(folder, 'feed', 'company_info.csv')
    const paths: string[] = []
    const give = async (from: string, to: string, name = basename(from)) => {
      await copyFile(from, join(to, 'trades', name))
      paths.push(join(to, 'trades', name))
    }
    const start = (crash?: string) =>
      startService('csv-loader', ['load', '--exchange', 'ASX', '--companies', list, '--watch', ...watched], {
        K2_DATA: join(folder, 'data'),
        K2_LOADER_APPEND_ROWS: 40,
        ...(crash !== undefined && { K2_CRASH_AT: crash }),
      })

    for (const path of feed.first) await give(path, watched[0]!)
    for (const moment of MOMENTS.slice(0, 2)) assert.equal((await start(moment).ended).signal, 'SIGKILL', moment)
    // The same companies again: packed, renamed, or in a piece that goes on behind the first; and one file that grows.
    for (const path of feed.later) await give(path, watched[1]!, `${basename(path).split('.')[0]}.csv`)
    const grown = join(watched[0]!, 'trades', basename(feed.first[1]!))
    const more = (await readFile(grown, 'utf8'))
      .split('\r\n')
      .filter((line) => /^\d\d\//.test(line))
      .at(-1)!
    const { bad: badBefore } = await expectedOf([grown], symbols)
    await appendFile(grown, `${more.replace(/,\d\d:\d\d:\d\d\.\d{3},/, ',16:10:00.000,')}\r\n`)
    for (const moment of MOMENTS.slice(2)) assert.equal((await start(moment).ended).signal, 'SIGKILL', moment)

    const last = start()
    await until('all are loaded', () => loaded(last) >= paths.length)
    await until('it is ready', async () => (await last.health('ready')).status === 200)
    assert.equal((await last.health('live')).status, 200)
    const metrics = await (await fetch(`${await last.url()}/metrics`)).text()
    assert.match(metrics, /k2_loader_files_total\{[^}]*outcome="loaded"[^}]*\} [1-9]/)
    // One that comes while it runs, and one that is none.
    await give(feed.first[0]!, watched[1]!, '9001.csv.gz')
    await until('what came is known', () => loaded(last) >= paths.length)
    last.kill('SIGTERM')
    const end = await last.ended
    assert.deepEqual([end.code, end.signal], [0, null], end.err.slice(-4_000))

    const found = await look(join(folder, 'data'))
    const expected = await expectedOf(paths, symbols)
    // A letter names the bytes that were read: what had grown since has letters of its own.
    const bad = new Map(expected.bad)
    for (const [key, line] of badBefore) {
      if (found.letters.has(key)) bad.set(key, { ...line, paths: [...line.paths, ...(bad.get(key)?.paths ?? [])] })
    }
    checkLoaded(found, { ...expected, bad })
  }),
)
