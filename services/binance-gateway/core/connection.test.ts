import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Action, type Connection, type Event, type Limits, type Phase, step } from './connection.ts'

const LIMITS: Limits = {
  firstWaitMs: 5_000,
  waitMsMax: 60_000,
  failuresMax: 10,
  circuitMs: 60_000,
  hostFailuresMax: 2,
  hosts: 3,
}

const at = (phase: Phase, host = 0, failures = 0, hostFailures = 0): Connection => ({
  phase,
  host,
  failures,
  hostFailures,
})
const wait = (seconds: number): Action => ({ do: 'wait', ms: seconds * 1_000 })
const connect = (host: number): Action => ({ do: 'connect', host })
const replace = (host: number): Action => ({ do: 'replace', host })

// biome-ignore format: a table reads by its columns
const rows: [name: string, before: Connection, Event, after: Connection, Action][] = [
  ['a handshake',                          at('connecting'),           'opened',       at('subscribing'),               null],
  ['its streams',                          at('subscribing'),          'subscribed',   at('live'),                      null],
  ['its first message forgives',           at('live', 1, 3, 1),        'settled',      at('live', 1, 0, 0),             null],
  ['before it is live nothing forgives',   at('connecting', 0, 3, 1),  'settled',      at('connecting', 0, 3, 1),       null],
  ['a loss waits 5 s',                     at('live'),                 'lost',         at('backing-off', 0, 1, 1),      wait(5)],
  ['a refusal counts alike',               at('connecting'),           'lost',         at('backing-off', 0, 1, 1),      wait(5)],
  ['the second one leaves the host',       at('connecting', 0, 1, 1),  'lost',         at('backing-off', 1, 2, 0),      wait(10)],
  ['the third waits twice as long',        at('connecting', 1, 2, 0),  'lost',         at('backing-off', 1, 3, 1),      wait(20)],
  ['the fifth waits a minute',             at('connecting', 2, 4, 0),  'lost',         at('backing-off', 2, 5, 1),      wait(60)],
  ['the last host is followed by the first', at('connecting', 2, 5, 1), 'lost',        at('backing-off', 0, 6, 0),      wait(60)],
  ['the tenth opens the circuit',          at('connecting', 1, 9, 1),  'lost',         at('circuit-open', 2, 10, 0),    wait(60)],
  ['and so does each after it',            at('connecting', 2, 10, 0), 'lost',         at('circuit-open', 2, 11, 1),    wait(60)],
  ['a wait ends in a try',                 at('backing-off', 1, 2, 0), 'waited',       at('connecting', 1, 2, 0),       connect(1)],
  ['an open circuit is tried',             at('circuit-open', 0, 12, 0), 'waited',     at('connecting', 0, 12, 0),      connect(0)],
  ['what is down cannot be lost',          at('backing-off', 1, 2, 0), 'lost',         at('backing-off', 1, 2, 0),      null],
  ['its day is over',                      at('live', 1),              'due',          at('renewing', 1),               replace(1)],
  ['once is enough',                       at('renewing', 1),          'due',          at('renewing', 1),               null],
  ['a symbol is silent',                   at('live'),                 'silent',       at('stale'),                     replace(0)],
  ['the first host may be back',           at('live', 2),              'home',         at('renewing', 2),               replace(0)],
  ['who is at home stays',                 at('live', 0),              'home',         at('live', 0),                   null],
  ['a new one is live',                    at('renewing', 0),          'replaced',     at('live', 0),                   null],
  ['a stale one was replaced',             at('stale', 0),             'replaced',     at('live', 0),                   null],
  ['a new one that fails costs nothing',   at('renewing', 2),          'not-replaced', at('live', 2),                   null],
  ['the old one may be lost meanwhile',    at('renewing', 0),          'lost',         at('backing-off', 0, 1, 1),      wait(5)],
]
for (const [name, before, event, after, action] of rows) {
  test(`${name}: ${before.phase}, ${event}`, () => assert.deepEqual(step(before, event, LIMITS), [after, action]))
}
