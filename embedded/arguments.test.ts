import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from './arguments.ts'

test("a shell's glob is many files behind one --csv", () => {
  assert.deepEqual(readArguments(['--csv', 'a.csv', 'b.csv', '--once']).csv, ['a.csv', 'b.csv'])
})

test('standard input is a lone dash', () => {
  assert.deepEqual(readArguments(['--csv', '-', '--symbol', 'BHP']).csv, ['-'])
  assert.deepEqual(readArguments(['--csv', '-', '--type', 'reference']).csv, ['-'])
})

test('nothing said: a sample, served', () => {
  const { csv, once, check, seed, show } = readArguments([])
  assert.deepEqual({ csv, once, check, seed, show }, { csv: [], once: false, check: true, seed: 1, show: null })
})

test('a feed is generated where nothing is brought, and live where that is said', () => {
  assert.deepEqual(
    [[], ['--no-feed'], ['--once'], ['--csv', 'a.csv'], ['--live', '--csv', 'a.csv']].map(
      (args) => readArguments(args).feed,
    ),
    ['generated', null, null, null, 'live'],
  )
})

// biome-ignore format: a table reads by its columns
const wrong: [args: string[], sentence: RegExp][] = [
  [['a.csv'],          /files come behind --csv/],
  [['--cvs', 'a.csv'], /--cvs.*--help/],
  [['--seed', 'x'],    /--seed is a whole number/],
  [['--csv'],          /--csv.*--help/],
  [['--type', 'bars'], /--type is trades, quotes, reference/],
  [['--rate', '0'],    /--rate is rows a second/],
  [['--csv', '-'],     /--symbol/],
  [['--watch', 'x', '--once'], /choose/],
  [['--live', '--once'], /never ends/],
  [['--live', '--no-feed'], /--no-feed/],
]
for (const [args, sentence] of wrong) {
  test(`${args.join(' ')} is refused`, () =>
    assert.throws(() => readArguments(args), { code: 'INVALID_ARGUMENT', message: sentence }))
}
