import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { LINE_BYTES_MAX, lineAt } from '../core/lines.ts'
import { digestOf, linesOf } from './source.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k2-source-'))
})
after(() => rm(folder, { recursive: true }))

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

async function read(path: string, digest?: string): Promise<string[]> {
  const texts: string[] = []
  for await (const lines of linesOf(path, digest ?? (await digestOf(path)))) {
    for (let i = 0; i < lines.count; i++) {
      const { number, text, fault } = lineAt(lines, i)
      texts.push(fault ? `${number}! ${fault}` : `${number} ${text}`)
    }
  }
  return texts
}

const CONTENT = 'a,1\r\nb,2\r\n'

// biome-ignore format: a table reads by its columns
const rows: [name: string, bytes: Uint8Array | string, lines: string[]][] = [
  ['CRLF',                     CONTENT,                            ['1 a,1', '2 b,2']],
  ['LF, none at the end',      'a\nb',                             ['1 a', '2 b']],
  ['empty lines count',        'a\n\nb\n',                         ['1 a', '2 ', '3 b']],
  ['an empty file',            '',                                 []],
  ['gzip under another name',  gzipSync(CONTENT),                  ['1 a,1', '2 b,2']],
  ['zstd under another name',  zstdCompressSync(CONTENT),          ['1 a,1', '2 b,2']],
  ['zstd of two frames',       Buffer.concat([zstdCompressSync('a\n'), zstdCompressSync('b\n')]), ['1 a', '2 b']],
  ['gzip of two members',      Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]), ['1 a', '2 b']],
  ['a byte order mark',        '\ufeffa\nb\n',                     ['1 a', '2 b']],
  ['bytes that are no UTF-8',  Buffer.from([0x61, 10, 0xff, 10, 0x62, 10]), ['1 a', '2! it is not UTF-8 text: save the file as UTF-8', '3 b']],
  ['a line at the limit',      `${'x'.repeat(LINE_BYTES_MAX)}\r\nb`,  [`1 ${'x'.repeat(LINE_BYTES_MAX)}`, '2 b']],
  ['a line beyond the limit',  `${'x'.repeat(200_000)}\nb\n`,      ['1! it is 200000 bytes long, above the limit of 65536: no row is. Look for a lost line end', '2 b']],
]
for (const [name, bytes, lines] of rows) {
  test(name, async () => assert.deepEqual(await read(await file(`${name}.csv`, bytes)), lines))
}

test('a file packed otherwise is the same content', async () => {
  const digests = await Promise.all(
    [await file('p', CONTENT), await file('g', gzipSync(CONTENT)), await file('z', zstdCompressSync(CONTENT))].map(
      digestOf,
    ),
  )
  assert.equal(new Set(digests).size, 1)
})

// biome-ignore format: a table reads by its columns
const unreadable: [name: string, path: () => Promise<string>, sentence: RegExp][] = [
  ['no file',           async () => join(folder, 'none'),                            /cannot be read.*ENOENT/],
  ['a folder',          async () => folder,                                          /cannot be read: it is a folder/],
  ['UTF-16',            () => file('u', Buffer.from('\ufeffa', 'utf16le')),          /UTF-16/],
  ['zstd and then other bytes', () => file('z.zst', Buffer.concat([zstdCompressSync('a\n'), Buffer.from('more of it')])), /cannot be read/],
  ['UTF-16, packed',    () => file('ug', gzipSync(Buffer.from('\ufeffa', 'utf16le'))),  /UTF-16/],
  ['gzip and then other bytes', () => file('g.gz', Buffer.concat([gzipSync('a\n'), Buffer.from('more of it')])), /cannot be read.*fetch it again/],
  ['gzip cut short',    () => file('c.gz', gzipSync('a'.repeat(99)).subarray(0, 15)), /cannot be read/],
]
for (const [name, path, sentence] of unreadable) {
  test(`${name} is refused with a sentence`, async () =>
    assert.rejects(read(await path()), { code: 'INPUT_UNREADABLE', message: sentence }))
}

test('a file that changed since its digest is refused at its end', async () => {
  const path = await file('changing', 'a\n')
  const digest = await digestOf(path)
  await writeFile(path, 'b\n')
  await assert.rejects(read(path, digest), { code: 'INPUT_UNREADABLE', message: /changed while it was read/ })
})
