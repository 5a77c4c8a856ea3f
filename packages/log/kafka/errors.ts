/**
 * What brokers and connections say, in K2's words. Whether to try again is part of it: what may pass by itself (a broker
 * that is away, a leader that moved) is `mayPass`.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { CircuitOpen } from '@k2/service/guard.ts'
import type { Foreign } from './kafkajs.ts'

export interface Trouble {
  readonly type: string
  readonly why: string
  readonly mayPass: boolean
  readonly error: unknown
}

/** Of a broker that will answer otherwise once a leader, a coordinator or a replica is found again. */
const PASSING = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REQUEST_TIMED_OUT',
  'CORRUPT_MESSAGE',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NOT_CONTROLLER',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'CONCURRENT_TRANSACTIONS',
  'UNSTABLE_OFFSET_COMMIT',
])

const FORBIDDEN = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
])

/** A broker's answer as an error that `troubleOf` reads. */
export class Refused extends Error {
  readonly type: string

  constructor(type: string, said = type) {
    super(said)
    this.name = 'Refused'
    this.type = type
  }
}

export function troubleOf(error: unknown): Trouble {
  const inner = innermost(error)
  const type = inner.type ?? ''
  const mayPass = type === '' ? mayConnectLater(inner) : PASSING.has(type)
  return { type, why: inner.message || inner.name, mayPass, error }
}

/** kafkajs wraps what it gave up on. */
function innermost(error: unknown): Foreign {
  let inner = error as Foreign
  while (inner.type === undefined && inner.cause instanceof Error) inner = inner.cause as Foreign
  const first = inner.errors?.[0] ?? inner.partitions?.find((each) => each.error)?.error
  return first ?? inner
}

const mayConnectLater = (inner: Error): boolean =>
  inner instanceof CircuitOpen || isLost(inner.message) || isKafkajs(inner.name)

const isKafkajs = (name: string): boolean =>
  name.startsWith('KafkaJS') && name !== 'KafkaJSSASLAuthenticationError' && name !== 'KafkaJSNotImplemented'

/** What kafkajs throws, without a name, where a connection was lost between finding a broker and asking it. */
const isLost = (message: string): boolean => message === 'Broker not connected'

/** Nobody answered, or nothing that could be understood. */
export function isUnanswered(error: unknown): boolean {
  const { type, mayPass } = troubleOf(error)
  return type === '' && mayPass
}

/** `doing` ends "Kafka … cannot": "append to k2.x". A bug of ours or of kafkajs stays what it is. */
export function translated(trouble: Trouble, brokers: readonly string[], doing: string): unknown {
  const { type, why, mayPass, error } = trouble
  if (error instanceof K2Error && !(error instanceof CircuitOpen)) return error
  if (type === '' && !mayPass && !(error as Error).name.startsWith('KafkaJS')) return error
  const at = `Kafka at ${brokers.join(', ')}`
  const details = { brokers: brokers.join(','), ...(type !== '' && { type }) }
  const unavailable = (sentence: string) => new K2Error('LOG_UNAVAILABLE', sentence, details, error)
  if ((error as Error).name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED')
    return unavailable(
      `${at} does not let us in: ${why}. Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and its password.`,
    )
  if (FORBIDDEN.has(type)) return unavailable(`${at} does not allow us to ${doing}: ${why}. Grant it to our user.`)
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return new K2Error('UNKNOWN_TOPIC', `${at} cannot ${doing}: there is no such topic. Create it first.`, details)
  if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE')
    return new K2Error('PAYLOAD_TOO_LARGE', `${at} cannot ${doing}: ${why}. Send smaller values.`, details, error)
  if (type === 'INVALID_RECORD')
    return new K2Error('INVALID_ARGUMENT', `${at} cannot ${doing}: ${why}.`, details, error)
  return unavailable(`${at} cannot ${doing}: ${why}. Check that it runs and can be reached; it may be tried again.`)
}
