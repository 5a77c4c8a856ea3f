import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LEVEL_NAMES, type Level, levelName } from '@k2/contracts/degradation.ts'
import { hashOf, policyAt, policyOf } from './policy.ts'
import {
  DEFAULT_TIERS,
  isKept,
  PRESETS,
  type Preset,
  type Priority,
  priorityOf,
  rulesOf,
  type SheddingRules,
} from './priority.ts'

const ASX = { exchange: 'ASX', kind: 'trades' } as const
const ASX_QUOTES = { exchange: 'ASX', kind: 'quotes' } as const
const ASX_REFERENCE = { exchange: 'ASX', kind: 'reference' } as const
const BINANCE = { exchange: 'BINANCE', kind: 'trades' } as const
const rulesBy = (preset: Preset): SheddingRules => ({ tiers: DEFAULT_TIERS, lines: PRESETS[preset] })

// Kept at the levels NORMAL SOFT GRACEFUL AGGRESSIVE CIRCUIT_BREAK: standard, strict.
// biome-ignore format: a table reads by its columns
const rows: [name: string, topic: Parameters<typeof priorityOf>[1], symbol: string | null, Priority, standard: string, strict: string][] = [
  ['the records\' example: BHP is of tier 1',     ASX,           'BHP',     'CRITICAL', '11111', '11110'],
  ['the last of tier 1',                          ASX,           'ALL',     'CRITICAL', '11111', '11110'],
  ['its quotes as well',                          ASX_QUOTES,    'BHP',     'CRITICAL', '11111', '11110'],
  ['tier 2, the first',                           ASX,           'REA',     'HIGH',     '11110', '11100'],
  ['tier 2, the last',                            ASX,           'ORA',     'HIGH',     '11110', '11100'],
  ['quotes of tier 2',                            ASX_QUOTES,    'QAN',     'HIGH',     '11110', '11100'],
  ['any other symbol',                            ASX,           'KTA',     'NORMAL',   '11100', '11000'],
  ['quotes of any other',                         ASX_QUOTES,    'KTA',     'NORMAL',   '11100', '11000'],
  ['reference data, though of tier 1',            ASX_REFERENCE, 'BHP',     'LOW',      '11000', '11000'],
  ['reference data of any other',                 ASX_REFERENCE, 'KTA',     'LOW',      '11000', '11000'],
  ['a record without a symbol',                   ASX,           null,      'NORMAL',   '11100', '11000'],
  ['symbols are as they are written',             ASX,           'bhp',     'NORMAL',   '11100', '11000'],
  ['Binance has tiers of its own',                BINANCE,       'BTCUSDT', 'CRITICAL', '11111', '11110'],
  ['and ASX no part in them',                     ASX,           'BTCUSDT', 'NORMAL',   '11100', '11000'],
  ['nor the other way round',                     BINANCE,       'BHP',     'NORMAL',   '11100', '11000'],
  ['an exchange without tiers',                   { exchange: 'NYSE', kind: 'trades' }, 'BHP', 'NORMAL', '11100', '11000'],
]
for (const [name, topic, symbol, priority, standard, strict] of rows) {
  test(name, () => {
    assert.equal(priorityOf(DEFAULT_TIERS, topic, symbol), priority)
    for (const [preset, kept] of [
      ['standard', standard],
      ['strict', strict],
    ] as const) {
      for (const level of LEVEL_NAMES.keys()) {
        const policy = policyAt(rulesBy(preset), level as Level)
        const at = `${preset}, ${levelName(level as Level)}`
        assert.equal(isKept(rulesBy(preset), level as Level, priority), kept[level] === '1', at)
        assert.equal(policy.defers(topic, symbol), kept[level] === '0', at)
        assert.equal(policyOf(policy.text, policy.hash).defers(topic, symbol), kept[level] === '0', `${at}, read again`)
      }
    }
  })
}

test('the records name 20 symbols of tier 1 and 40 of tier 2', () => {
  const { critical, high } = DEFAULT_TIERS.ASX!
  assert.deepEqual([critical.length, high.length, new Set([...critical, ...high]).size], [20, 40, 60])
})

test("custom tiers hold for every exchange that has none of its own, as in the records' constructor", () => {
  const text = '{"tiers": {"*": {"critical": ["AAPL", "GOOGL", "MSFT"], "high": ["TSLA", "NVDA", "AMD"]}}}'
  const rules = rulesOf(text, 'standard') as SheddingRules
  const nasdaq = { exchange: 'NASDAQ', kind: 'trades' } as const
  const of = (symbol: string) => priorityOf(rules.tiers, nasdaq, symbol)
  assert.deepEqual([of('AAPL'), of('TSLA'), of('BHP')], ['CRITICAL', 'HIGH', 'NORMAL'])
  assert.deepEqual(rules.lines, PRESETS.standard)
  const policy = policyAt(rules, 3)
  assert.deepEqual([policy.defers(nasdaq, 'NVDA'), policy.defers(nasdaq, 'BHP')], [false, true])
})

test('custom lines stand beside the default tiers', () => {
  const rules = rulesOf('{"lines": [4, 3, 3, 3, 0]}', 'standard') as SheddingRules
  assert.deepEqual([rules.tiers, rules.lines], [DEFAULT_TIERS, [4, 3, 3, 3, 0]])
})

// biome-ignore format: a table reads by its columns
const wrong: [text: string, sentences: RegExp[]][] = [
  ['{',                                                        [/no JSON/]],
  ['[]',                                                       [/must be an object/]],
  ['{"tier": {}}',                                             [/"tier" is neither/]],
  ['{"tiers": []}',                                            [/by exchange/]],
  ['{"tiers": {"ASX": []}}',                                   [/must be an object with "critical"/]],
  ['{"tiers": {"ASX": {"critical": ["A"]}}}',                  [/"high" of ASX must be a list/]],
  ['{"tiers": {"ASX": {"critical": ["A B"], "high": [7]}}}',   [/"critical" of ASX/, /"high" of ASX/]],
  ['{"tiers": {"ASX": {"critical": ["A"], "high": ["A"]}}}',   [/A of ASX is in both tiers/]],
  ['{"tiers": {"ASX": {"critical": [], "high": [], "low": []}}}', [/the tier "low"/]],
  ['{"tiers": {"A X": {"critical": [], "high": []}}}',         [/no name of an exchange/]],
  ['{"lines": [4, 3]}',                                        [/must have 5 numbers/]],
  ['{"lines": [3, 3, 3, 3, 3]}',                               [/NORMAL must keep all 4/]],
  ['{"lines": [4, 3, 4, 5, 0.5]}',                             [/GRACEFUL keeps more/, /AGGRESSIVE keeps 5/, /CIRCUIT_BREAK keeps 0.5/]],
  ['{"lines": {}, "tiers": 7, "x": 1}',                        [/"x" is neither/, /by exchange/, /must have 5 numbers/]],
]
for (const [text, sentences] of wrong) {
  test(`rules that are refused: ${text}`, () => {
    const read = rulesOf(text, 'standard')
    assert.ok('faults' in read)
    assert.equal(read.faults.length, sentences.length, read.faults.join('\n'))
    for (const [i, sentence] of sentences.entries()) assert.match(read.faults[i]!, sentence)
  })
}

test('a policy is a text that says what it keeps, and its hash; levels with one line share it', () => {
  const at = (level: Level) => policyAt(rulesBy('standard'), level)
  assert.match(at(3).text, /^k2 shedding policy 1\nkeep CRITICAL HIGH\nCRITICAL ASX ALL AMC .*\nHIGH ASX .*\n/)
  assert.equal(at(0).hash, at(1).hash)
  assert.equal(new Set([1, 2, 3, 4].map((level) => at(level as Level).hash)).size, 4)
  assert.deepEqual([at(1).keepsAll, at(2).keepsAll], [true, false])
  const shuffled = { ...rulesBy('standard'), tiers: { ...DEFAULT_TIERS, ASX: reversed() } }
  assert.equal(policyAt(shuffled, 3).hash, at(3).hash, 'the order of symbols says nothing')
})

function reversed() {
  const { critical, high } = DEFAULT_TIERS.ASX!
  return { critical: critical.toReversed(), high: high.toReversed() }
}

// biome-ignore format: a table reads by its columns
const texts: [name: string, change: (text: string) => string, hash: 'own' | 'of the first'][] = [
  ['another symbol',      (text) => text.replace('BHP', 'KTA'),                       'of the first'],
  ['another head',        (text) => text.replace('policy 1', 'policy 2'),             'own'],
  ['no line',             (text) => text.replace(/keep.*\n/, ''),                     'own'],
  ['a strange priority',  (text) => text.replace('keep CRITICAL', 'keep URGENT'),     'own'],
  ['cut short',           (text) => text.slice(0, -3),                                'own'],
]
for (const [name, change, hash] of texts) {
  test(`a policy's text that is refused: ${name}`, () => {
    const policy = policyAt(rulesBy('standard'), 3)
    const text = change(policy.text)
    assert.throws(() => policyOf(text, hash === 'own' ? hashOf(text) : policy.hash), { code: 'LAKE_DAMAGED' })
  })
}
