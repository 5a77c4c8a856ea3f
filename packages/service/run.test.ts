import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import { createHealth } from './health.ts'
import { silentLogger } from './logger.ts'
import { type RunOptions, runServices, type Service } from './run.ts'

const options = { logger: silentLogger, startDeadlineMs: 50, stopDeadlineMs: 50 }
const until = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
const never = () => new Promise<never>(() => {})
const fail = (sentence: string) => () => Promise.reject(new K2Error('LOG_UNAVAILABLE', sentence))

/** Notes what is done to it; `with` says how. */
const noted = (notes: string[], name: string, acts: Omit<Service, 'name'> = {}): Service => ({
  name,
  start: async (signal) => {
    notes.push(`start ${name}`)
    await acts.start?.(signal)
  },
  run: async (signal) => {
    notes.push(`run ${name}`)
    await (acts.run ?? until)(signal).finally(() => notes.push(`end ${name}`))
  },
  stop: async () => {
    notes.push(`stop ${name}`)
    await acts.stop?.()
  },
})

const BOTH_STOP = ['stop b', 'end b', 'stop a', 'end a']
// biome-ignore format: a table reads by its columns
const rows: [name: string, a: Omit<Service, 'name'>, b: Omit<Service, 'name'>, stopAfterMs: number | undefined, outcome: RegExp | 'ok', notes: string[]][] = [
  ['a signal stops all in reverse',          {}, {},                                         10,        'ok', ['start a', 'run a', 'start b', 'run b', ...BOTH_STOP]],
  ['a run that fails stops all',             {}, { run: fail('no log') },                    undefined, /^no log$/, ['start a', 'run a', 'start b', 'run b', 'end b', 'stop b', 'stop a', 'end a']],
  ['a first run that fails stops all',       { run: fail('no log') }, { start: () => sleep(10_000, undefined, { ref: false }) }, undefined, /^no log$/, ['start a', 'run a', 'start b', 'end a', 'stop b', 'stop a']],
  ['a start that fails stops what started',  {}, { start: fail('no port') },                 undefined, /^no port$/, ['start a', 'run a', 'start b', 'stop b', 'stop a', 'end a']],
  ['a start has a deadline',                 { start: never }, {},                           undefined, /^the start of a did not end within 50 ms$/, ['start a', 'stop a']],
  ['a signal interrupts a start',            { start: never }, {},                           10,        'ok', ['start a', 'stop a']],
  ['a start may listen to its signal',       { start: until }, {},                           10,        'ok', ['start a', 'stop a']],
  ['a stop has a deadline, the next stops',  {}, { stop: never },                            10,        /^the stop of b did not end within 50 ms$/, ['start a', 'run a', 'start b', 'run b', 'stop b', 'end b', 'stop a', 'end a']],
  ['a run that ignores its signal as well',  {}, { run: never },                             10,        /^the stop of b did not end within 50 ms$/, ['start a', 'run a', 'start b', 'run b', 'stop b', 'stop a', 'end a']],
  ['a stop that fails is the outcome',       {}, { stop: fail('not flushed') },              10,        /^not flushed$/, ['start a', 'run a', 'start b', 'run b', ...BOTH_STOP]],
  ['the first failure is the outcome',       { stop: fail('second') }, { run: fail('first') }, undefined, /^first$/, ['start a', 'run a', 'start b', 'run b', 'end b', 'stop b', 'stop a', 'end a']],
  ['all runs done is the end',               { run: () => sleep(5) }, { run: () => sleep(10) }, undefined, 'ok', ['start a', 'run a', 'start b', 'run b', 'end a', 'end b', 'stop b', 'stop a']],
  ['a signal that came before starts none',  {}, {},                                         0,         'ok', []],
]

for (const [name, a, b, stopAfterMs, outcome, expected] of rows) {
  test(name, async () => {
    const notes: string[] = []
    const stop = new AbortController()
    if (stopAfterMs === 0) stop.abort()
    else if (stopAfterMs !== undefined) setTimeout(() => stop.abort(), stopAfterMs)
    const done = runServices([noted(notes, 'a', a), noted(notes, 'b', b)], { ...options, signal: stop.signal })
    if (outcome === 'ok') await done
    else await assert.rejects(done, { message: outcome })
    assert.deepEqual(notes, expected)
  })
}

test('services that only start and stop serve until the signal', async () => {
  const stop = new AbortController()
  const notes: string[] = []
  const server: Service = { name: 'server', start: async () => {}, stop: async () => void notes.push('stopped') }
  const done = runServices([server], { ...options, signal: stop.signal })
  await sleep(10)
  assert.deepEqual(notes, [])
  stop.abort()
  await done
  assert.deepEqual(notes, ['stopped'])
})

test('readiness tells of starting, of what a service says, and of stopping', async () => {
  const health = createHealth('test')
  const stop = new AbortController()
  const seen: (string | undefined)[] = []
  const look = () => seen.push(health.ready().body.components.a)
  let why: string | undefined = 'it reads the past'
  const a: Service = { name: 'a', start: async () => void look(), ready: () => why, stop: async () => void look() }
  const settings: RunOptions = { ...options, health, signal: stop.signal }
  const done = runServices([a], settings)
  await sleep(5)
  look()
  why = undefined
  look()
  stop.abort()
  await done
  assert.deepEqual(seen, ['it is starting', 'it reads the past', 'ok', 'it is stopping'])
})
