import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Flag, type Given, readArguments, UsageError } from './arguments.ts'

const FLAGS: readonly Flag[] = [
  { name: 'symbol', kind: 'text', isList: true, aliases: ['s'], doc: '' },
  { name: 'date', kind: 'text', doc: '' },
  { name: 'start-time', kind: 'text', aliases: ['start'], doc: '' },
  { name: 'limit', kind: 'count', aliases: ['n'], doc: '' },
  { name: 'speed', kind: 'number', doc: '' },
  { name: 'order', kind: 'choice', choices: ['asc', 'desc'], doc: '' },
  { name: 'all', kind: 'switch', doc: '' },
  { name: 'timeout', kind: 'setting', setting: { env: 'T', kind: 'duration', unit: 'ms', min: 1, doc: '' }, doc: '' },
]

// biome-ignore format: a table reads by its columns
const given: [line: string, positionals: string[], Given][] = [
  ['',                               [],                 {}],
  ['KTA',                            ['symbol'],         { symbol: ['KTA'] }],
  ['KTA KTB,KTC --symbol KTD',       ['symbol'],         { symbol: ['KTA', 'KTB', 'KTC', 'KTD'] }],
  ['2014-03-10 KTA KTB',             ['date', 'symbol'], { date: '2014-03-10', symbol: ['KTA', 'KTB'] }],
  ['--limit 3 --all --order=asc',    [],                 { limit: 3, all: true, order: 'asc' }],
  ['--start-time=2014-03-10T00:00Z', [],                 { 'start-time': '2014-03-10T00:00Z' }],
  ['-s KTA -s KTB -n 5',             [],                 { symbol: ['KTA', 'KTB'], limit: 5 }],
  ['-n5 --start 2014-03-10 KTA',     ['symbol'],         { limit: 5, 'start-time': '2014-03-10', symbol: ['KTA'] }],
  ['--timeout 5s',                   [],                 { timeout: '5s' }],
  ['-- KTA',                         ['symbol'],         { symbol: ['KTA'] }],
  ['--speed 0.5',                    [],                 { speed: 0.5 }],
  ['--limit 999999999',              [],                 { limit: 999_999_999 }],
]
for (const [line, positionals, values] of given) {
  test(`"${line}" is understood`, () => {
    assert.deepEqual(readArguments(wordsOf(line), FLAGS, positionals), values)
  })
}

// biome-ignore format: a table reads by its columns
const wrong: [line: string, positionals: string[], sentence: string][] = [
  ['--limt 3',                [],         '--limt is not a flag of this command: did you mean --limit?'],
  ['--frobnicate',            [],         '--frobnicate is not a flag of this command.'],
  ['-x',                      [],         '-x is not a flag of this command.'],
  ['KTA',                     [],         '"KTA" stands alone: a value comes behind the name of its flag.'],
  ['2014-03-10 KTA',          ['date'],   '"KTA" stands alone: a value comes behind the name of its flag.'],
  ['--limit 0',               [],         '--limit is a whole number of 1 or more, not "0".'],
  ['--limit -3',              [],         '--limit is a whole number of 1 or more, not "-3".'],
  ['--limit 1e3',             [],         '--limit is a whole number of 1 or more, not "1e3".'],
  ['--limit 1000000000',      [],         '--limit is a whole number of 1 or more, not "1000000000".'],
  ['--limit',                 [],         '--limit is empty: give it a value or leave it out.'],
  ['--symbol=',               [],         '--symbol is empty: give it a value or leave it out.'],
  ['KTA,,KTB',                ['symbol'], 'symbol is empty: give it a value or leave it out.'],
  ['--date --all',            [],         '--date has no value: "--all" is behind it.'],
  ['-s -n',                   [],         '-s has no value: "-n" is behind it.'],
  ['-n x',                    [],         '-n is a whole number of 1 or more, not "x".'],
  ['--speed abc',             [],         '--speed is a number of more than 0, not "abc".'],
  ['--speed -1',              [],         '--speed is a number of more than 0, not "-1".'],
  ['--speed Infinity',        [],         '--speed is a number of more than 0, not "Infinity".'],
  ['--start 1 --start-time 2', [],        '--start-time is given twice: give it once.'],
  ['--strat 1',               [],         '--strat is not a flag of this command: did you mean --start?'],
  ['--timeout 0',             [],         '--timeout must be a duration of 1 or more in ms, or with one of ms, s, min, h, d, not "0".'],
  ['--order acs',             [],         '--order is one of asc, desc, not "acs": did you mean asc?'],
  ['--all=yes',               [],         '--all takes no value.'],
  ['--date 1 --date 2',       [],         '--date is given twice: give it once.'],
  ['1 --date 2',              ['date'],   '--date is given twice: give it once.'],
  ['--limit x --ordr asc',    [],         '--limit is a whole number of 1 or more, not "x".\n--ordr is not a flag of this command: did you mean --order?'],
]
for (const [line, positionals, sentence] of wrong) {
  test(`"${line}" is refused`, () => {
    const refused = (error: unknown) => error instanceof UsageError && error.message === sentence
    assert.throws(() => readArguments(wordsOf(line), FLAGS, positionals), refused)
  })
}

test('an empty variable of a script does not mean all', () => {
  assert.throws(() => readArguments([''], FLAGS, ['symbol']), /symbol is empty/)
})

function wordsOf(line: string): string[] {
  return line === '' ? [] : line.split(' ')
}
