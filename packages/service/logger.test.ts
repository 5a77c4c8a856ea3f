import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { K2Error } from '@k2/contracts/codes.ts'
import {
  componentLogger,
  correlationId,
  createLogger,
  type Logger,
  type LoggerOptions,
  withCorrelation,
} from './logger.ts'

function logged(work: (logger: Logger) => void, options: Partial<LoggerOptions> = {}): string[] {
  const lines: string[] = []
  work(createLogger({ service: 'test', to: { write: (line) => lines.push(line) }, ...options }))
  return lines
}
const one = (work: (logger: Logger) => void) => {
  const { time, ...line } = JSON.parse(logged(work)[0]!)
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  return line
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, work: (logger: Logger) => void, line: object][] = [
  ['a line names its service',            (log) => log.info('hello'),                                { level: 'info', msg: 'hello' }],
  ['a component names itself',            (log) => componentLogger(log, 'sink', { topic: 't' }).warn('x'), { level: 'warn', component: 'sink', topic: 't', msg: 'x' }],
  ['fields come along',                   (log) => log.info({ rows: 3 }, 'committed'),               { level: 'info', rows: 3, msg: 'committed' }],
  ['an offset is a bigint',               (log) => log.info({ offset: 2n ** 40n }, 'x'),             { level: 'info', offset: 1099511627776, msg: 'x' }],
  ['a secret is not told',                (log) => log.info({ token: 'pw', to: { password: 'pw', on: { apiKey: 'pw' } } }, 'x'), { level: 'info', token: '[secret]', to: { password: '[secret]', on: { apiKey: '[secret]' } }, msg: 'x' }],
  ['the correlation id is carried',       (log) => withCorrelation('abc', () => log.info('x')),      { level: 'info', correlation_id: 'abc', msg: 'x' }],
]

for (const [name, work, line] of rows) test(name, () => assert.deepEqual(one(work), { service: 'test', ...line }))

test('an error tells its code, its details and its cause', () => {
  const { error } = one((log) =>
    log.error({ error: new K2Error('LAKE_CONFLICT', 'late', { tries: 2 }, new Error('why')) }, 'x'),
  )
  assert.deepEqual([error.code, error.details, error.message.startsWith('late')], ['LAKE_CONFLICT', { tries: 2 }, true])
  assert.match(error.stack, /why/)
})

test('a level keeps quiet what is below it', () => {
  assert.equal(logged((log) => log.debug('x')).length, 0)
  assert.equal(logged((log) => log.debug('x'), { level: 'debug' }).length, 1)
})

test('pretty lines are for people', () => {
  const [line] = logged((log) => componentLogger(log, 'sink').info({ rows: 3 }, 'committed'), { pretty: true })
  assert.match(stripVTControlCharacters(line!), /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: sink: committed \{"rows":3\}\n$/)
})

test('the correlation id follows every await, each its own', async () => {
  const seen = await Promise.all(
    ['a', 'b'].map((id) =>
      withCorrelation(id, async () => {
        await sleep(1)
        return correlationId()
      }),
    ),
  )
  assert.deepEqual([...seen, correlationId()], ['a', 'b', undefined])
})

for (const pretty of [false, true]) {
  test(`every line before process.exit is written, to standard error (pretty: ${pretty})`, () => {
    const url = new URL('logger.ts', import.meta.url).href
    const program = `import { createLogger } from '${url}'
      const log = createLogger({ service: 's', pretty: ${pretty} })
      for (let i = 0; i < 5000; i++) log.info('line')
      process.exit(0)`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      maxBuffer: 1e8,
    })
    assert.deepEqual([stdout, stderr.split('\n').length - 1], ['', 5000])
  })
}
