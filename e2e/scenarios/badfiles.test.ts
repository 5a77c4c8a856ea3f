/**
 * Files as people have them, through the loader into a log: each bad row is a letter with its line, its reason and the
 * row itself; each bad file is a sentence; and of the rest nothing is lost.
 */
import assert from 'node:assert/strict'
import { appendFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { FileReport } from '@k2/csv-loader/compose.ts'
import { describeFiles } from '@k2/csv-loader/files.ts'
import { filesIn } from '@k2/csv-loader/paths.ts'
import { readLetters, readTrades } from '../oracle/log.ts'
import { inFolder } from '../worlds/folder.ts'
import { inLoading, topicOf } from '../worlds/loading.ts'

const DAY = '03/10/2014'
const row = (ms: number): string => `${DAY},10:00:00.${String(ms).padStart(3, '0')},1.1,5,0,,`
const good = (ms: number): string => `${row(ms)}\r\n`
const text = (...rows: readonly (number | string)[]): string =>
  rows.map((one) => (typeof one === 'number' ? good(one) : `${one}\r\n`)).join('')
const many = Array.from({ length: 999 }, (_, i) => good(i)).join('')
const utf16be = (of: string): Buffer => Buffer.from(of, 'utf16le').swap16()

interface Fate {
  /** Milliseconds of the good rows, in their order. */
  readonly good: readonly number[]
  /** `LINE: reason` */
  readonly rejected?: readonly RegExp[]
  readonly failed?: RegExp
}

// biome-ignore format: a table reads by its columns
const trades: readonly [name: string, content: string | Uint8Array, fate: Fate][] = [
  ['a column too few',              text(1, `${DAY},10:00:00.000,1.1,5,0,`, 2),    { good: [1, 2], rejected: [/^2: it has 6 fields where a trade has 7/] }],
  ['a column too many',             text(1, `${row(9)},`, 2),                      { good: [1, 2], rejected: [/^2: it has 8 fields/] }],
  ['half a row at the end',         text(1, 2) + row(9).slice(0, 20),              { good: [1, 2], rejected: [/^3: it has 2 fields/] }],
  ['30 February',                   text(1, '02/30/2014,10:00:00.000,1,1,0,,', 2), { good: [1, 2], rejected: [/^2: there is no 02\/30\/2014/] }],
  ['month 13',                      text(1, '13/01/2014,10:00:00.000,1,1,0,,', 2), { good: [1, 2], rejected: [/^2: there is no 13\/01/] }],
  ['a date as others write it',     text(1, '2014-03-10,10:00:00.000,1,1,0,,', 2), { good: [1, 2], rejected: [/^2: its date "2014-03-10" is not MM\/DD\/YYYY/] }],
  ['nonsense for a time',           text(1, `${DAY},noon,1,1,0,,`, 2),             { good: [1, 2], rejected: [/^2: its time "noon"/] }],
  ['an hour that never was',        text(1, '10/05/2014,02:30:00.000,1,1,0,,', 2), { good: [1, 2], rejected: [/^2: the clocks of Australia\/Sydney skip/] }],
  ['a price below 0',               text(1, `${DAY},10:00:00.000,-0.01,1,0,,`, 2), { good: [1, 2], rejected: [/^2: its price -0.01 is negative/] }],
  ['a price of nine decimals',      text(1, `${DAY},10:00:00.000,1.123456789,1,0,,`, 2), { good: [1, 2], rejected: [/^2: .*more than 8 decimals/] }],
  ['a price that is none',          text(1, `${DAY},10:00:00.000,NaN,1,0,,`, 2),   { good: [1, 2], rejected: [/^2: its price "NaN" is not a decimal/] }],
  ['a price with an exponent',      text(1, `${DAY},10:00:00.000,1e3,1,0,,`, 2),   { good: [1, 2], rejected: [/^2: its price "1e3"/] }],
  ['a quantity beyond (18,8)',      text(1, `${DAY},10:00:00.000,1,10000000000,0,,`, 2), { good: [1, 2], rejected: [/^2: its volume .*beyond DECIMAL\(18,8\)/] }],
  ['nothing',                       '',                                            { good: [] }],
  ['blanks and empty lines',        '  \r\n\t\r\n\r\n \n',                         { good: [] }],
  ['blank lines between',           `\r\n${good(1)}  \r\n\r\n${good(2)}\r\n`,      { good: [1, 2] }],
  ['a header first',                text('Date,Time,Price,Volume,Qualifiers,Venue,BuyerID', 1, 2), { good: [1, 2], rejected: [/^1: its date "Date" .*looks like a header/] }],
  ['a header between',              text(1, '"Date","Time","Price","Volume","Qualifiers","Venue","BuyerID"', 2), { good: [1, 2], rejected: [/^2: .*looks like a header/] }],
  ['UTF-16, little end first',      Buffer.from(`\ufeff${good(1)}`, 'utf16le'),    { good: [], failed: /is UTF-16 text\. Save it as UTF-8/ }],
  ['UTF-16, big end first',         utf16be(`\ufeff${good(1)}`),                   { good: [], failed: /is UTF-16 text\. Save it as UTF-8/ }],
  ['UTF-16, packed',                gzipSync(Buffer.from(`\ufeff${good(1)}`, 'utf16le')), { good: [], failed: /is UTF-16 text/ }],
  ['UTF-16 without its mark',       Buffer.from(good(1), 'utf16le'),               { good: [], rejected: [/^1: it holds a NUL byte/, /^2: it holds a NUL/, /^3: it holds a NUL/] }],
  ['UTF-8 with a mark',             `\ufeff${good(1)}${good(2)}`,                  { good: [1, 2] }],
  ['a NUL byte',                    text(1, `${DAY},10:00:00.000,1\0,1,0,,`, 2),   { good: [1, 2], rejected: [/^2: it holds a NUL byte/] }],
  ['line ends of CR alone',         `${row(1)}\r${row(2)}\r${row(3)}`,             { good: [1, 2, 3] }],
  ['line ends of all kinds',        `${row(1)}\n${row(2)}\r\n${row(3)}\rx\n${row(4)}`, { good: [1, 2, 3, 4], rejected: [/^4: it has 1 fields/] }],
  ['a quote that is not closed',    text(1, `${DAY},10:00:00.000,1,1,"0,,`, 2),    { good: [1, 2], rejected: [/^2: it opens a quote/] }],
  ['fields in quotes',              text(1, row(2).split(',').map((one) => `"${one}"`).join(','), 3), { good: [1, 2, 3] }],
  ['no line end at the end',        `${good(1)}${row(2)}`,                         { good: [1, 2] }],
  ['a line of a megabyte',          text(1, 'x'.repeat(1_000_000), 2),             { good: [1, 2], rejected: [/^2: it is 1000000 bytes long, above the limit/] }],
  ['bytes of no UTF-8',             Buffer.concat([Buffer.from(good(1)), Buffer.of(0xff, 0xfe, 0x0a), Buffer.from(good(2))]), { good: [1, 2], rejected: [/^2: it is not UTF-8 text/] }],
  ['gzip cut short',                gzipSync(many).subarray(0, -50),               { good: [], failed: /cannot be read: unexpected end of file\. It is cut.*fetch it again/ }],
  ['zstd cut short',                zstdCompressSync(many).subarray(0, -50),       { good: [], failed: /cannot be read/ }],
  ['gzip and garbage',              Buffer.concat([gzipSync(many), Buffer.from('garbage')]), { good: [], failed: /cannot be read: incorrect header check.*fetch it again/ }],
  ['gzip with a byte changed',      gzipSync(many).map((byte, i) => (i === 400 ? byte ^ 16 : byte)), { good: [], failed: /cannot be read/ }],
  ['two packed files in one',       Buffer.concat([gzipSync(good(1)), gzipSync(good(2))]), { good: [1, 2] }],
]

test('bad rows and bad files of trades', { timeout: 120_000 }, (t) =>
  inFolder((folder) =>
    inLoading(folder, async ({ log, load }) => {
      for (const [i, [, content]] of trades.entries()) await writeFile(join(folder, `${i}.csv`), content)
      const reports: FileReport[] = []
      for (const i of trades.keys()) reports.push(await load({ path: join(folder, `${i}.csv`), symbol: `S${i}` }))
      const { trades: logged } = await readTrades(log)
      const letters = [...(await readLetters(log)).values()]
      for (const [i, [name, content, fate]] of trades.entries()) {
        await t.test(name, () => {
          const { rejected = [], failed } = fate
          const report = reports[i]!
          const ofFile = logged.filter(({ symbol }) => symbol === `S${i}`)
          assert.deepEqual(
            ofFile.map(({ micros }) => Number(micros / 1_000n) % 1_000),
            fate.good,
          )
          assert.deepEqual(
            ofFile.map(({ sequence }) => Number(sequence)),
            Array.from(fate.good, (_, at) => at + 1),
          )
          assert.match(report.failed ?? '', failed ?? /^$/)
          assert.deepEqual(
            [report.read, report.sent, report.rejected],
            [fate.good.length + rejected.length, fate.good.length, rejected.length],
          )
          const told = letters
            .filter(({ file }) => file === report.path)
            .map((letter) => ({ ...letter, said: `${letter.line}: ${letter.reason}` }))
          assert.equal(told.length, rejected.length)
          const lines = String(content).split(/\r\n|\n|\r/)
          for (const [at, { said, line, raw_base64 }] of told.entries()) {
            assert.match(said, rejected[at]!)
            const raw = Buffer.from(raw_base64!, 'base64').toString()
            assert.ok(typeof content !== 'string' || lines[line! - 1]!.startsWith(raw), 'the letter has the row')
          }
        })
      }
    }),
  ),
)

const COMPANIES = 'company_id,symbol,company_name,ISIN,start_date,end_date'
// biome-ignore format: a table reads by its columns
const others: readonly [name: string, kind: 'quotes' | 'reference', content: string, sent: number, rejected: readonly RegExp[], failed?: RegExp][] = [
  ['a quote of five fields',        'quotes',    `${DAY},10:00:00.000,1,2,5\r\n${DAY},10:00:00.001,1,2,5,6\r\n`,  1, [/^1: it has 5 fields where a quote has 6/]],
  ['a quote with a header',         'quotes',    `Date,Time,Bid,Ask,BidVolume,AskVolume\n${DAY},10:00:00.001,1,2,5,6`, 1, [/^1: .*looks like a header/]],
  ['a bid below 0',                 'quotes',    `${DAY},10:00:00.000,-1,2,5,5\n${DAY},10:00:00.001,0.0,2,0,6\n`, 1, [/^1: its bid price -1 is negative/]],
  ['no reference data at all',      'reference', 'x,y\n1,2\n',                                                  0, [], /names no column company_id/],
  ['a company without a symbol',    'reference', `${COMPANIES}\n1,,A,,,\n2,BBB,B,,,\n`,                        1, [/^2: its symbol is empty/]],
  ['a symbol of odd letters',       'reference', `${COMPANIES}\n1,b hp,A,,,\n2,É,B,,,\n3,../../x,C,,,\n4,BBB,B,,,\n`, 1, [/^2: its symbol "b hp" is none/, /^3: /, /^4: /]],
  ['a company twice, the same',     'reference', `${COMPANIES}\n1,AAA,A,,,\n1,AAA,A,,,\n`,                     1, []],
  ['a company twice, otherwise',    'reference', `${COMPANIES}\n1,AAA,A,,,\n1,AAA,A LTD,,,\n`,                 2, []],
  ['a quote in a name, not closed', 'reference', `${COMPANIES}\n1,AAA,"A,,,\n2,BBB,"B, LTD",,,\n`,             1, [/^2: it opens a quote/]],
  ['a listing on 30 February',      'reference', `${COMPANIES}\n1,AAA,A,,02/30/2014,\n2,BBB,B,,,\n`,           1, [/^2: its start_date 02\/30\/2014 does not exist/]],
  ['an empty list',                 'reference', 'company id,effective date,ratio\n--- NO RECORDS TO REPORT ---\n', 0, []],
  ['a list of something else',      'reference', 'company id,effective date,ratio\n1,03/10/2014,2\n',          0, [/^2: it is of a list of company_id, effective_date, ratio/]],
]

test('bad rows and bad files of quotes and reference data', { timeout: 60_000 }, (t) =>
  inFolder(async (folder) => {
    for (const [i, [name, kind, content, sent, rejected, failed]] of others.entries()) {
      await t.test(name, () =>
        inLoading(join(folder, String(i)), async ({ log, load }) => {
          const path = join(folder, `${i}.csv`)
          await writeFile(path, content)
          const report = await load({ path, kind })
          const landed = (await log.ranges([topicOf(kind).name])).reduce((sum, { to }) => sum + Number(to), 0)
          assert.deepEqual([landed, report.sent, report.rejected], [sent, sent, rejected.length])
          assert.match(report.failed ?? '', failed ?? /^$/)
          assert.equal((await log.latest(`k2.dlq.${topicOf(kind).name}`)).length, rejected.length)
          for (const [at, { line, reason }] of report.rejections.entries())
            assert.match(`${line}: ${reason}`, rejected[at]!)
        }),
      )
    }
  }),
)

// What somebody does to a file between the moment that its digest is known and the moment that its rows are read.
// biome-ignore format: a table reads by its columns
const meddling: readonly [name: string, meddle: (path: string) => void, failed: RegExp][] = [
  ['appends to it',           (path) => appendFileSync(path, good(500)),                                             /changed while it was read\. Load it again/],
  ['cuts it',                 (path) => truncateSync(path, 3 * good(0).length + 5),                                  /changed while it was read/],
  ['empties it',              (path) => truncateSync(path, 0),                                                       /changed while it was read/],
  ['puts another in its place', (path) => { writeFileSync(`${path}.new`, text(7, 8)); renameSync(`${path}.new`, path) }, /changed while it was read/],
  ['takes it away',           (path) => unlinkSync(path),                                                            /cannot be read: ENOENT/],
]
for (const [name, meddle, failed] of meddling) {
  test(`somebody ${name} while it is loaded: a sentence, and all of it once when it is loaded again`, () =>
    inFolder((folder) =>
      inLoading(folder, async ({ log, load }) => {
        const path = join(folder, '1.csv')
        const rows = Array.from({ length: 100 }, (_, i) => good(i)).join('')
        await writeFile(path, rows)
        const reached = (moment: string) => (moment === 'loader.noted' ? meddle(path) : undefined)
        const first = await load({ path }, { reached })
        assert.match(first.failed ?? '', failed)
        await writeFile(path, rows)
        assert.equal((await load({ path })).failed, null)
        const { trades: logged } = await readTrades(log)
        const times = new Map<number, number>()
        for (const { micros } of logged) {
          const ms = Number(micros / 1_000n) % 1_000
          times.set(ms, (times.get(ms) ?? 0) + 1)
        }
        for (let i = 0; i < 100; i++) assert.equal(times.get(i), 1, `row ${i}`)
        assert.equal((await load({ path })).known, true)
      }),
    ))
}

test('what is no file: a folder called x.csv, a pipe, a loop of links', () =>
  inFolder((folder) =>
    inLoading(folder, async ({ load }) => {
      const input = join(folder, 'in', 'trades')
      await mkdir(join(input, '9.csv'), { recursive: true })
      await writeFile(join(input, '1.csv'), good(1))
      await symlink(join(folder, 'in'), join(input, 'loop'))
      assert.match((await load({ path: join(input, '9.csv') })).failed ?? '', /it is a folder/)
      assert.match((await load({ path: '/dev/null' })).failed ?? '', /no regular file. Hand a pipe over as --csv -/)
      assert.deepEqual(await filesIn(join(folder, 'in'), undefined), [join(input, '1.csv')])
    }),
  ))

// biome-ignore format: a table reads by its columns
const lists: readonly [name: string, list: string | undefined, symbol: string | undefined, found: string | RegExp][] = [
  ['the same company twice',            'company_id,symbol\n1,AAA\n1,AAA\n', undefined, 'AAA'],
  ['one company under two symbols',     'company_id,symbol\n1,AAA\n1,BBB\n', undefined, /may be of AAA or BBB.*--symbol/],
  ['the same, and --symbol',            'company_id,symbol\n1,AAA\n1,BBB\n', 'BBB',     'BBB'],
  ['a symbol of odd letters',           'company_id,symbol\n1,a/b\n',        undefined, /"a\/b" is no symbol/],
  ['line ends of CR alone',             '\ufeffcompany_id,symbol\r1,AAA\r',  undefined, 'AAA'],
  ['no list',                           undefined,                           undefined, /in no company_info\.csv.*--symbol.*--companies/],
]
for (const [name, list, symbol, found] of lists) {
  test(`company_info.csv: ${name}`, () =>
    inFolder(async (folder) => {
      if (list !== undefined) await writeFile(join(folder, 'company_info.csv'), list)
      const [file] = await describeFiles([join(folder, '1.csv')], symbol, undefined, 'trades')
      if (typeof found === 'string') assert.deepEqual([file!.symbol, file!.fault], [found, undefined])
      else assert.match(file!.fault ?? '', found)
    }))
}
