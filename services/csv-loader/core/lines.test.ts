import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINE_BYTES_MAX, type LineBatch, LineSplitter, lineAt } from './lines.ts'

const textsOf = (lines: LineBatch): string[] =>
  Array.from({ length: lines.count }, (_, i) => {
    const { number, text, fault } = lineAt(lines, i)
    return fault === null ? `${number} ${text}` : `${number}! ${/\d+ bytes/.exec(fault)?.[0]}`
  })

const long = 'x'.repeat(LINE_BYTES_MAX + 1)

// biome-ignore format: a table reads by its columns
const rows: [name: string, text: string, lines: string[]][] = [
  ['LF, CR LF and CR in one file',      'a\nb\r\nc\rd\n',            ['1 a', '2 b', '3 c', '4 d']],
  ['empty lines of each kind count',    'a\n\n\r\n\r\rb',            ['1 a', '2 ', '3 ', '4 ', '5 ', '6 b']],
  ['CR alone, none at the end',         'ab\rcd\ref',                ['1 ab', '2 cd', '3 ef']],
  ['letters of more bytes than one',    'ab,é\r\n\r\nlast',          ['1 ab,é', '2 ', '3 last']],
  ['a byte order mark',                 '\ufeffa\r\nb',              ['1 a', '2 b']],
  ['nothing',                           '',                          []],
]
for (const [name, text, lines] of rows) {
  test(`${name}, however the bytes are cut`, () => {
    const bytes = Buffer.from(text)
    for (let size = 1; size <= Math.max(1, bytes.length); size++) {
      const splitter = new LineSplitter()
      const found: string[] = []
      for (let at = 0; at < bytes.length; at += size)
        found.push(...textsOf(splitter.push(bytes.subarray(at, at + size))))
      found.push(...textsOf(splitter.end()))
      assert.deepEqual(found, lines, `in pieces of ${size}`)
    }
  })
}

// biome-ignore format: a table reads by its columns
const ends: [name: string, text: string, lines: string[]][] = [
  ['a long line and LF',         `a\n${long}\nb\n`,          ['1 a', `2! ${long.length} bytes`, '3 b']],
  ['a long line and CR LF',      `a\r\n${long}\r\nb\r\n`,    ['1 a', `2! ${long.length} bytes`, '3 b']],
  ['a long line and CR',         `${long}\rb`,               [`1! ${long.length} bytes`, '2 b']],
  ['a long line and no end',     `a\n${long}`,               ['1 a', `2! ${long.length} bytes`]],
  ['two long lines',             `${long}\n${long}${long}\n`, [`1! ${long.length} bytes`, `2! ${2 * long.length} bytes`]],
]
for (const [name, text, lines] of ends) {
  test(`${name}, however the bytes are cut`, () => {
    const bytes = Buffer.from(text)
    for (const size of [
      1_000,
      4_096,
      LINE_BYTES_MAX,
      LINE_BYTES_MAX + 1,
      LINE_BYTES_MAX + 2,
      LINE_BYTES_MAX + 3,
      bytes.length,
    ]) {
      const splitter = new LineSplitter()
      const found: string[] = []
      for (let at = 0; at < bytes.length; at += size)
        found.push(...textsOf(splitter.push(bytes.subarray(at, at + size))))
      found.push(...textsOf(splitter.end()))
      assert.deepEqual(found, lines, `in pieces of ${size}`)
    }
  })
}
