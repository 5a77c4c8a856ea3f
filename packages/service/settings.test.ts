import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  defineSettings,
  describeSettings,
  type Overrides,
  readSettings,
  Secret,
  type Setting,
  settingsTable,
} from './settings.ts'
import { slipsBetween } from './spelling.ts'

const doc = 'why'
const read = (setting: object, text: string | undefined): unknown => {
  try {
    return readSettings({ it: { env: 'K2_IT', doc, ...setting } as Setting }, {}, { K2_IT: text }).it
  } catch (error) {
    return (error as Error).message.split('\n  ')[1]
  }
}
const port = { kind: 'integer', min: 0, max: 65535, unit: 'port' }
const age = { kind: 'duration', unit: 'ms', min: 1000, default: 15_000 }
const size = { kind: 'bytes', unit: 'MiB', max: 64 }
const hosts = { kind: 'list', unit: 'host:port', matches: /^[^:]+:\d+$/ }

// biome-ignore format: a table reads by its columns
const rows: [name: string, setting: object, text: string | undefined, answer: unknown][] = [
  ['a port',                   port,                                    '9101',      9101],
  ['the lowest port',          port,                                    '0',         0],
  ['the highest port',         port,                                    '65535',     65535],
  ['past the highest port',    port,                                    '65536',     'K2_IT is "65536": must be a whole number from 0 to 65535 (port)'],
  ['below the lowest port',    port,                                    '-1',        'K2_IT is "-1": must be a whole number from 0 to 65535 (port)'],
  ['a fraction of a port',     port,                                    '80.5',      'K2_IT is "80.5": must be a whole number from 0 to 65535 (port)'],
  ['hexadecimal',              port,                                    '0x10',      'K2_IT is "0x10": must be a whole number from 0 to 65535 (port)'],
  ['a required one missing',   port,                                    undefined,   'K2_IT is missing: it must be a whole number from 0 to 65535 (port). why'],
  ['an empty one is missing',  port,                                    '',          'K2_IT is missing: it must be a whole number from 0 to 65535 (port). why'],
  ['an optional one',          { ...port, optional: true },             undefined,   undefined],
  ['a number',                 { kind: 'number', unit: 'x', min: 0.5 }, '0.5',       0.5],
  ['too small a number',       { kind: 'number', unit: 'x', min: 0.5 }, '0.49',      'K2_IT is "0.49": must be a number of 0.5 or more (x)'],
  ['a duration in its unit',   age,                                     '2000',      2000],
  ['a duration in another',    age,                                     '1.5 min',   90_000],
  ['a duration by default',    age,                                     undefined,   15_000],
  ['too short a duration',     age,                                     '999ms',     'K2_IT is "999ms": must be a duration of 1000 or more in ms, or with one of ms, s, min, h, d'],
  ['a duration of no unit',    age,                                     '5 parsecs', 'K2_IT is "5 parsecs": must be a duration of 1000 or more in ms, or with one of ms, s, min, h, d'],
  ['a size in its unit',       size,                                    '64',        64],
  ['a size in another',        size,                                    '2048KiB',   2],
  ['a size that is not whole', size,                                    '1KiB',      'K2_IT is "1KiB": must be a size of 64 or less in MiB, or with one of B, KB, MB, GB, KiB, MiB, GiB'],
  ['yes',                      { kind: 'boolean' },                     'Yes',       true],
  ['off',                      { kind: 'boolean', default: true },      'off',       false],
  ['maybe',                    { kind: 'boolean' },                     'maybe',     'K2_IT is "maybe": must be true or false'],
  ['a choice',                 { kind: 'choice', choices: ['a', 'b'] }, 'b',         'b'],
  ['no choice',                { kind: 'choice', choices: ['a', 'b'] }, 'c',         'K2_IT is "c": must be one of a, b'],
  ['a list',                   hosts,                                   'a:1, b:2,', ['a:1', 'b:2']],
  ['a list with a bad item',   hosts,                                   'a:1,b',     'K2_IT is "a:1,b": must be a list of host:port, separated by commas (/^[^:]+:\\d+$/)'],
  ['a list of choices',        { kind: 'list', choices: ['a', 'b'] },   'b,c',       'K2_IT is "b,c": must be a list, separated by commas, of a, b'],
  ['text',                     { kind: 'string' },                      ' x ',       'x'],
  ['text against its pattern', { kind: 'string', matches: /^s3:/ },     'file:',     'K2_IT is "file:": must be text (/^s3:/)'],
  ['a password in an address', { kind: 'string', matches: /^s3:/ },     'redis://:pw@h/0', 'K2_IT is "redis://***@h/0": must be text (/^s3:/)'],
  ['a secret missing',         { kind: 'secret' },                      undefined,   'K2_IT is missing: it must be text that is kept secret. why'],
]

for (const [name, setting, text, answer] of rows) {
  test(`${name}: ${inspect(text)}`, () => assert.deepEqual(read(setting, text), answer))
}

const SPEC = defineSettings({
  httpPort: {
    env: 'K2_HTTP_PORT',
    kind: 'integer',
    min: 0,
    max: 65535,
    default: 8080,
    unit: 'port',
    doc: 'where REST listens',
  },
  brokers: { env: 'KAFKA_BROKERS', kind: 'list', unit: 'host:port', doc: 'where the log is' },
  level: { env: 'K2_LOG_LEVEL', kind: 'choice', choices: ['info', 'debug'], default: 'info', doc: 'what is logged' },
  apiKey: { env: 'K2_API_KEY', kind: 'secret', optional: true, doc: 'opens the door' },
})

test('every fault is told at once, slips in names included', () => {
  const env = { K2_HTTP_PORT: 'x', K2_LOG_LEVELS: 'debug', K2_SOMETHING_ELSE: '1' }
  assert.throws(() => readSettings(SPEC, {}, env), {
    code: 'SETTINGS_INVALID',
    message: [
      '3 settings are wrong:',
      '  K2_HTTP_PORT is "x": must be a whole number from 0 to 65535 (port)',
      '  KAFKA_BROKERS is missing: it must be a list of host:port, separated by commas. where the log is',
      '  K2_LOG_LEVELS is not a setting: did you mean K2_LOG_LEVEL?',
    ].join('\n'),
  })
})

test('a setting of another service in the same process is no slip', () => {
  defineSettings({ level: { env: 'K2_LOG_LEVELL', kind: 'string', default: '', doc } })
  assert.equal(readSettings(SPEC, {}, { KAFKA_BROKERS: 'a:1', K2_LOG_LEVELL: 'x' }).level, 'info')
})

test('overrides come first, typed or as text, and are checked alike', () => {
  const env = { K2_HTTP_PORT: '1', KAFKA_BROKERS: 'a:1' }
  assert.equal(readSettings(SPEC, { httpPort: 2 }, env).httpPort, 2)
  assert.equal(readSettings(SPEC, { httpPort: '3', level: undefined }, env).httpPort, 3)
  assert.deepEqual(readSettings(SPEC, { brokers: ['b:2'] }, env).brokers, ['b:2'])
  const wrong: Overrides<typeof SPEC>[] = [{ httpPort: 65536 }, { httpPort: '' }, { level: 'loud' }]
  for (const overrides of wrong) assert.throws(() => readSettings(SPEC, overrides, env), { code: 'SETTINGS_INVALID' })
})

test('settings are frozen, and typed', () => {
  const settings = readSettings(SPEC, {}, { KAFKA_BROKERS: 'a:1' })
  const port: number = settings.httpPort
  const level: 'info' | 'debug' = settings.level
  assert.deepEqual([port, level, settings.apiKey], [8080, 'info', undefined])
  assert.ok(Object.isFrozen(settings) && Object.isFrozen(settings.brokers))
})

test('a secret is told only to who asks for it', () => {
  const settings = readSettings(SPEC, {}, { KAFKA_BROKERS: 'a:1', K2_API_KEY: 'hunter2' })
  assert.equal(settings.apiKey?.reveal(), 'hunter2')
  const printed = `${settings.apiKey} ${JSON.stringify(settings)} ${inspect(settings, { depth: 9, showHidden: true })}`
  assert.ok(!printed.includes('hunter2'), printed)
  assert.equal(new Secret('x').toString(), '[secret]')
})

test('a default outside its limits is a bug', () => {
  const at = (fallback: number) => () =>
    defineSettings({ it: { env: 'K2_BUG', kind: 'integer', min: 1, default: fallback, unit: 'x', doc } })
  assert.doesNotThrow(at(1))
  assert.throws(at(0), /default of setting it is not a whole number of 1 or more/)
})

test('settings are listed', () => {
  assert.deepEqual(
    describeSettings(SPEC).map((row) => [row.name, row.unit, row.default, row.doc]),
    [
      ['K2_HTTP_PORT', 'port', '8080', 'where REST listens'],
      ['KAFKA_BROKERS', 'host:port', 'required', 'where the log is'],
      ['K2_LOG_LEVEL', '', 'info', 'what is logged'],
      ['K2_API_KEY', '', '', 'opens the door'],
    ],
  )
  assert.match(
    settingsTable(SPEC),
    /^name {11}unit {7}default {3}why\nK2_HTTP_PORT {3}port {7}8080 {6}where REST listens\n/,
  )
})

// biome-ignore format: a table reads by its columns
const slips: [a: string, b: string, slips: number][] = [
  ['K2_PORT', 'K2_PORT', 0], ['K2_PROT', 'K2_PORT', 1], ['K2_PORTS', 'K2_PORT', 1], ['K2_POT', 'K2_PORT', 1],
  ['K2_PIRT', 'K2_PORT', 1], ['K2_OPTR', 'K2_PORT', 2], ['', 'abc', 3], ['abc', '', 3],
]
for (const [a, b, count] of slips)
  test(`"${a}" is ${count} slips from "${b}"`, () => assert.equal(slipsBetween(a, b), count))
