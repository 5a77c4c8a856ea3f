import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { CircuitOpen } from '@k2/service/guard.ts'
import { isUnanswered, Refused, translated, troubleOf } from './errors.ts'

const kafkajs = (name: string): Error => Object.assign(new Error('so it is'), { name })

/** As a call whose deadline has passed tells it. */
const givenUp = (cause: unknown) => new K2Error('LOG_UNAVAILABLE', 'Kafka cannot', {}, cause)

// biome-ignore format: a table reads by its columns
const cases: [what: string, error: unknown, mayPass: boolean, code: string | undefined, isUnanswered?: true][] = [
  ['a connection that failed',    kafkajs('KafkaJSConnectionError'),               true,  'LOG_UNAVAILABLE', true],
  ['a circuit that is open',      new CircuitOpen('LOG_UNAVAILABLE', 'it is open'), true,  'LOG_UNAVAILABLE', true],
  ['what it was given up for',    givenUp(new CircuitOpen('LOG_UNAVAILABLE', 'open')),   true,  'LOG_UNAVAILABLE', true],
  ['a leader that moved',         new Refused('NOT_LEADER_FOR_PARTITION'),         true,  'LOG_UNAVAILABLE'],
  ['a wrong password',            kafkajs('KafkaJSSASLAuthenticationError'),       false, 'LOG_UNAVAILABLE'],
  ['no right to a topic',         new Refused('TOPIC_AUTHORIZATION_FAILED'),       false, 'LOG_UNAVAILABLE'],
  ['no topic',                    new Refused('UNKNOWN_TOPIC_OR_PARTITION'),       false, 'UNKNOWN_TOPIC'],
  ['a value beyond the limit',    new Refused('MESSAGE_TOO_LARGE'),                false, 'PAYLOAD_TOO_LARGE'],
  ['what the broker finds wrong', new Refused('INVALID_RECORD'),                   false, 'INVALID_ARGUMENT'],
  ['a bug of ours',               new TypeError('undefined is not a function'),    false, undefined],
]
for (const [what, error, mayPass, code, isAway = false] of cases) {
  test(`${what}: ${mayPass ? 'may pass' : 'stays'}`, () => {
    const trouble = troubleOf(error)
    assert.equal(trouble.mayPass, mayPass)
    assert.equal(isUnanswered(error), isAway)
    const told = translated(trouble, ['here:9092'], 'do it')
    assert.equal(told instanceof K2Error ? told.code : undefined, code)
  })
}

// As kafkajs itself has it: an error without a name.
const Broker = createRequire(import.meta.url)('kafkajs/src/broker')

test('a broker whose connection was lost before it was asked: may pass', async () => {
  const broker = new Broker({ connectionPool: { host: 'here', port: 9092 }, logger: { namespace: () => ({}) } })
  await assert.rejects(broker.metadata(['any']), (error) => {
    const trouble = troubleOf(error)
    assert.deepEqual([trouble.why, trouble.mayPass], ['Broker not connected', true])
    assert.equal((translated(trouble, ['here:9092'], 'do it') as K2Error).code, 'LOG_UNAVAILABLE')
    return true
  })
})
