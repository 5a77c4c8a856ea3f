import assert from 'node:assert/strict'
import { test } from 'node:test'
import { age, clip, duration, paints, printable, width } from './text.ts'

const { red } = paints(true)

// biome-ignore format: a table reads by its columns
const clips: [text: string, cells: number, wanted: string, why: string][] = [
  ['9001.csv',       8, '9001.csv',       'it fits'],
  ['9001.csv',       5, '9001…',          'what is cut ends in an ellipsis'],
  ['9001.csv',       0, '',               'no cells'],
  [red('9001'),      3, '\x1b[31m90…\x1b[0m', 'colours take no cells, and end'],
  ['取引.csv',       4, '取…',            'a wide letter takes two cells'],
]
for (const [text, cells, wanted, why] of clips) {
  test(`${why}: ${JSON.stringify(text)} in ${cells}`, () => {
    assert.equal(clip(text, cells), wanted)
    assert.ok(width(wanted) <= cells)
  })
}

// biome-ignore format: a table reads by its columns
const times: [ms: number, duration: string, age: string][] = [
  [        0, '0.0 s',  'now'],
  [      999, '1.0 s',  'now'],
  [    1_900, '1.9 s',  '1 s ago'],
  [    9_960, '10 s',   '9 s ago'],
  [   59_000, '59 s',   '59 s ago'],
  [  150_000, '3 min',  '3 min ago'],
  [7_200_000, '2 h',    '2 h ago'],
]
for (const [ms, lasts, old] of times)
  test(`${ms} ms are ${lasts}, and ${old}`, () => assert.deepEqual([duration(ms), age(ms)], [lasts, old]))

test('no colours: text as it is', () => assert.equal(paints(false).red('x'), 'x'))
test('a name cannot move the cursor', () => assert.equal(printable('a\x1b[2J\n.csv'), 'a?[2J?.csv'))
