/**
 * What people hand a loader: each bad row or file ends as a letter or a sentence, what stands around it lands, and the
 * other files of the run load.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { filesToLoad } from '@k2/csv-loader/files.ts'
import { embedded } from '@k2/embedded/compose.ts'
import type { RunReport } from '@k2/embedded/report.ts'
import { embeddedSettings } from '@k2/embedded/settings.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings } from '@k2/service/settings.ts'
import { killAll, live } from '../worlds/embedded.ts'
import { inFolder, withLog } from '../worlds/folder.ts'
import { runOnce } from '../worlds/once.ts'

const MAIN = join(import.meta.dirname, '../../embedded/main.ts')
const GOOD = (at: number) => `03/10/2014,10:00:00.${String(at).padStart(3, '0')},1.1,5,0,,\r\n`
const [A, B] = [GOOD(1), GOOD(2)]

/** What becomes of a file: rows sent, and rows rejected as `LINE: reason`; or why it failed. */
type Fate =
  | { readonly sent: number; readonly rejected: readonly RegExp[] }
  | { readonly failed: RegExp; readonly sent: number }

// biome-ignore format: a table reads by its columns
const BAD: readonly [name: string, content: string | Uint8Array, fate: Fate][] = [
  ['missing columns',      `${A}03/10/2014,10:00:00.000,1.1\r\n${B}`,                     { sent: 2, rejected: [/^2: it has 3 fields/] }],
  ['bad dates',            `13/45/2014,10:00:00.000,1,1,0,,\r\n${A}2014-03-10,10:00:00.000,1,1,0,,`, { sent: 1, rejected: [/^1: there is no 13\/45/, /^3: its date/] }],
  ['a header',             `Date,Time,Price,Volume,Qualifiers,Venue,BuyerID\r\n${A}`,     { sent: 1, rejected: [/^1: its date "Date"/] }],
  ['numbers',              `03/10/2014,10:00:00.000,-1,1,0,,\n03/10/2014,10:00:00.000,1.123456789,1,0,,\n03/10/2014,10:00:00.000,1,99999999999,0,,\n${A}`, { sent: 1, rejected: [/^1: its price -1 is negative/, /^2: .*8 decimals/, /^3: .*beyond/] }],
  ['NUL bytes',            `${A}03/10/2014,10:00:00.000,1\0,1,0,,\r\n${B}`,               { sent: 2, rejected: [/^2: it holds a NUL/] }],
  ['a very long line',     `${A}${'x'.repeat(3_000_000)}\r\n${B}`,                        { sent: 2, rejected: [/^2: it is 3000000 bytes long/] }],
  ['bytes of no UTF-8',    Buffer.concat([Buffer.from(A), Buffer.of(0xff, 0x0a), Buffer.from(B)]), { sent: 2, rejected: [/^2: it is not UTF-8/] }],
  ['an empty file',        '',                                                            { sent: 0, rejected: [] }],
  ['blank lines',          `\r\n${A}\r\n\r\n`,                                            { sent: 1, rejected: [] }],
  ['UTF-16',               Buffer.from(`\ufeff${A}`, 'utf16le'),                          { failed: /is UTF-16 text\. Save it as UTF-8/, sent: 0 }],
  ['UTF-16 without mark',  Buffer.from(A, 'utf16le'),                                     { sent: 0, rejected: [/^1: it holds a NUL/, /^2: it holds a NUL/, /^3: it holds a NUL/] }],
  ['a packed file cut',    gzipSync(Array.from({ length: 900 }, (_, i) => GOOD(i)).join('')).subarray(0, 1_500), { failed: /cannot be read: unexpected end/, sent: 0 }],
]

after(killAll)

test('bad files of one run', { timeout: 60_000 }, (t) =>
  inFolder(async (folder) => {
    const symbols = BAD.map((_, i) => `S${i}`)
    const files = BAD.map(([name], i) => join(folder, `${i}${name.replaceAll(' ', '-')}.csv`))
    for (const [i, path] of files.entries()) await writeFile(path, BAD[i]![1])
    // Named by their number, so that a list can give each a symbol of its own.
    const named = files.map((_, i) => join(folder, `${1_000 + i}.csv`))
    for (const [i, path] of files.entries()) await rename(path, named[i]!)
    const list = symbols.map((symbol, i) => `${1_000 + i},${symbol},X\n`).join('')
    await writeFile(join(folder, 'company_info.csv'), `company_id,symbol,company_name\n${list}`)
    const missing = join(folder, '1099.csv')
    await writeFile(join(folder, 'good.csv'), A)
    const csv = [...named, missing, join(folder, 'good.csv')]
    const { code, out, err } = await live({ data: join(folder, 'data'), csv, once: true }).ended
    assert.equal(code, 1, err)
    const report = JSON.parse(out) as RunReport
    const told = new Map(linesOf(err).map((line) => [line.path, line]))

    for (const [i, [name, , fate]] of BAD.entries()) {
      await t.test(name, () => {
        const { sent, failed } = told.get(named[i]!)!
        assert.equal(sent, fate.sent)
        if ('failed' in fate) assert.match(failed ?? '', fate.failed)
        else {
          assert.equal(failed, null)
          const reasons = [...err.matchAll(new RegExp(`^  ${named[i]}:(\\d+: .*)$`, 'gm'))].map(([, text]) => text!)
          assert.equal(reasons.length, fate.rejected.length, reasons.join('\n'))
          for (const [at, reason] of fate.rejected.entries()) assert.match(reasons[at]!, reason)
        }
      })
    }
    await t.test('the run says which files failed, and why', () => {
      const failed = BAD.flatMap(([, , fate], i) => ('failed' in fate ? [named[i]] : []))
      assert.deepEqual(
        report.failed.map(({ path }) => path),
        [...failed, missing, join(folder, 'good.csv')],
      )
      assert.match(err, /No symbol is known for .*1099\.csv/)
    })
    await t.test('each rejected row is a letter, and each good row has landed', async () => {
      const letters = await withLog(join(folder, 'data'), (log) => log.latest('k2.dlq.market.equities.trades.asx'))
      const wanted = BAD.reduce((sum, [, , fate]) => sum + ('rejected' in fate ? fate.rejected.length : 0), 0)
      assert.deepEqual([letters.length, report.rejected, report.landed.trades_v2], [wanted, wanted, report.sent])
    })
  }),
)

function linesOf(err: string): { path?: string; msg: string; sent: number; failed: string | null }[] {
  return err.split('\n').flatMap((line) => (line.startsWith('{"') ? [JSON.parse(line)] : []))
}

test(
  'a file that grows while it is read fails with a sentence, and loads when it is loaded again',
  {
    timeout: 60_000,
  },
  () =>
    inFolder(async (folder) => {
      const growing = join(folder, 'growing.csv')
      const rows = 40_000
      await writeFile(growing, Array.from({ length: rows }, (_, i) => row(i)).join(''))
      const other = join(folder, 'other.csv')
      await writeFile(other, A)
      const settings = readSettings(embeddedSettings, { data: join(folder, 'data'), httpPort: 0, grpcPort: 0 }, {})
      const world = await embedded(settings, { logger: silentLogger, reached: () => {} })
      const done = new AbortController()
      const working = {
        name: 'the test',
        async run(signal: AbortSignal) {
          let grown: Promise<void> | undefined
          const advanced = () => {
            grown ??= appendFile(growing, row(rows))
          }
          const files = await filesToLoad([growing, other], 'XYZ', undefined)
          const [first, second] = await world.load(files, true, signal, { advanced })
          await grown
          assert.match(first!.failed ?? '', /changed while it was read/)
          assert.deepEqual([second!.failed, second!.sent], [null, 1])
          const [again] = await world.load(files, true, signal)
          assert.deepEqual([again!.failed, again!.read, again!.sent + first!.sent], [null, rows + 1, rows + 1])
          done.abort()
        },
      }
      try {
        await runServices([...world.services, working], { logger: silentLogger, signal: done.signal })
      } finally {
        await world.close()
      }
    }),
)

const row = (at: number): string => {
  const time = new Date(36_000_000 + at).toISOString().slice(11, 23)
  return `03/11/2014,${time},1.1,5,0,,\r\n`
}

test('--rejected lists each rejected row of a run, however many', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const path = join(folder, '1.csv')
    const list = join(folder, 'rejected.ndjson')
    const bad = Array.from({ length: 500 }, (_, i) => `bad "${i}"\n`)
    await writeFile(path, A + bad.join('') + B)
    const { rejected, sent } = await runOnce([
      '--csv',
      path,
      '--symbol',
      'XYZ',
      '--data',
      join(folder, 'data'),
      '--rejected',
      list,
    ])
    assert.deepEqual([rejected, sent], [500, 2])
    const told = (await readFile(list, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      told.map(({ reason, ...place }) => (/fields/.test(reason) ? place : reason)),
      bad.map((row, i) => ({ file: path, line: i + 2, row: row.trimEnd() })),
    )
    await assert.rejects(
      runOnce(['--csv', path, '--symbol', 'XYZ', '--data', join(folder, 'data'), '--rejected', folder]),
      /--rejected cannot be written/,
    )
  }),
)

test('standard input: loaded once, whatever comes again', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const load = async (input: string): Promise<RunReport> => {
      const args = [MAIN, '--once', '--data', join(folder, 'data'), '--csv', '-', '--symbol', 'XYZ']
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] })
      let out = ''
      child.stdout.on('data', (chunk) => {
        out += chunk
      })
      child.stdin.end(input)
      assert.deepEqual(await once(child, 'close'), [0, null])
      return JSON.parse(out)
    }
    assert.equal((await load(A + B)).sent, 2)
    assert.equal((await load(A + B)).known_files, 1)
    const { sent, skipped } = await load(A + B + GOOD(3))
    assert.deepEqual([sent, skipped], [1, 2])
  }),
)

test('lists without rows are alike, and none of them was loaded before', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const lists = ['mergers.csv', 'stock_splits.csv'].map((name) => join(folder, name))
    for (const path of lists) await writeFile(path, 'company id,ratio\r\n--- NO RECORDS TO REPORT ---\r\n')
    for (const start of ['first', 'second']) {
      const { code, out, err } = await live({ data: join(folder, 'data'), csv: lists, once: true }).ended
      assert.deepEqual([code, JSON.parse(out).known_files], [0, 0], start)
      assert.deepEqual(
        linesOf(err).flatMap(({ path, msg }) => (path === undefined ? [] : [msg])),
        ['file has no rows', 'file has no rows'],
      )
    }
  }),
)

test('a watched folder: what is there, what comes, and a clean end', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const watched = join(folder, 'in', 'trades')
    await mkdir(watched, { recursive: true })
    await writeFile(join(watched, '1.csv'), A)
    const args = ['--watch', join(folder, 'in'), '--symbol', 'XYZ', '--data', join(folder, 'data')]
    const child = spawn(process.execPath, [MAIN, ...args, '--port', '0', '--grpc-port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    const reports = async (count: number): Promise<RunReport[]> => {
      while (out.split('\n').length <= count && child.exitCode === null) await sleep(50)
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    }
    assert.deepEqual(
      (await reports(2)).map(({ sent }) => sent),
      [0, 1],
    )
    await writeFile(join(watched, '2.csv'), A + B)
    await writeFile(join(watched, '3.csv'), Buffer.from('\ufeffa', 'utf16le'))
    const last = (await reports(3)).at(-1)!
    assert.deepEqual([last.files, last.sent, last.skipped, last.failed.length], [2, 1, 1, 1])
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'close'), [0, null])
  }),
)
