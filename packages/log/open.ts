/**
 * The log that the settings name, and the schema registry that belongs to it.
 *
 *   no KAFKA_BROKERS   a folder, for one process
 *   KAFKA_BROKERS      Kafka, and the registry at SCHEMA_REGISTRY_URL; nothing is connected before it is used
 *
 *   errors  K2Error SETTINGS_INVALID; those of the embedded log
 */
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Guard, type GuardOf, guard } from '@k2/service/guard.ts'
import { POLICIES } from '@k2/service/policies.ts'
import { openEmbeddedLog } from './embedded/embedded.ts'
import type { TopicKeeper } from './kafka/apply.ts'
import type { KafkaOptions } from './kafka/kafka.ts'
import type { Log, SchemaRegistry } from './log.ts'
import { type Incompatibility, openRegistry, type RegistryClient } from './registry/registry.ts'
import type { LogSettings } from './settings.ts'

export interface OpenLog {
  readonly log: Log
  readonly registry: SchemaRegistry
  /** Why log or registry cannot be used now, as a sentence. */
  trouble(): string | undefined
}

export interface OpenOptions {
  /** Of a log in a folder. */
  readonly folder: string
  readonly now: () => number
  readonly incompatibility: Incompatibility
  /** Watches circuits; by default nobody does. */
  readonly guardOf?: GuardOf
}

const PARTITION_BYTES_MAX = 2 ** 20
/** The others wait so long for a member that works on a batch before partitions are dealt anew. */
const REBALANCE_MS = 30_000

export async function openLog(settings: LogSettings, options: OpenOptions): Promise<OpenLog> {
  const { brokers } = settings
  if (brokers === undefined || brokers.length === 0) {
    const log = openEmbeddedLog(options.folder, options)
    return { log, registry: log.registry(options.incompatibility), trouble: () => undefined }
  }
  const { guardOf = guard } = options
  const registry = registryOf(settings, options.incompatibility, guardOf('registry'))
  // Loaded only here: most who try K2 have no use for it.
  const { openKafkaLog } = await import('./kafka/kafka.ts')
  const log = openKafkaLog({ ...kafkaOptions(settings, brokers, options.now), guardOf })
  return { log, registry, trouble: () => log.trouble() ?? registry.trouble() }
}

/** What makes Kafka's topics what they should be; undefined where the log is a folder, whose topics always are. */
export async function openTopics(settings: LogSettings): Promise<TopicKeeper | undefined> {
  const { brokers, copies } = settings
  if (brokers === undefined || brokers.length === 0) return undefined
  const { topicKeeper } = await import('./kafka/apply.ts')
  return topicKeeper(kafkaOptions(settings, brokers, Date.now), copies)
}

function registryOf(
  { registryUrl, registryAuth }: LogSettings,
  incompatibility: Incompatibility,
  guard: Guard,
): RegistryClient {
  if (registryUrl === undefined)
    throw invalid('KAFKA_BROKERS is set and SCHEMA_REGISTRY_URL is not: Kafka’s records name schemas of a registry')
  const authorization = registryAuth && `Basic ${Buffer.from(registryAuth.reveal()).toString('base64')}`
  return openRegistry({
    url: registryUrl,
    deadlineMs: guard.policy.deadlineMs,
    incompatibility,
    guard,
    ...(authorization !== undefined && { authorization }),
  })
}

function kafkaOptions(settings: LogSettings, brokers: readonly string[], now: () => number): KafkaOptions {
  const { heartbeatMs, sessionMs, copies } = settings
  const ssl = tlsOf(settings)
  const sasl = saslOf(settings)
  return {
    brokers,
    clientId: settings.clientId,
    ...(ssl !== undefined && { ssl }),
    ...(sasl !== undefined && { sasl }),
    connectMs: POLICIES.kafka.connectMs,
    requestMs: POLICIES.kafka.deadlineMs,
    deadlineMs: settings.callMs,
    producer: {
      codec: settings.compression,
      lingerMs: settings.lingerMs,
      batchBytesMax: settings.batchBytesMax,
      bufferBytesMax: settings.appendBytesMax,
      deadlineMs: settings.appendDeadlineMs,
    },
    reading: { bufferBytesMax: settings.readBytesMax, partitionBytesMax: PARTITION_BYTES_MAX },
    groups: { heartbeatMs, sessionMs, rebalanceMs: REBALANCE_MS },
    copies,
    now,
  }
}

function tlsOf({ ssl, sslCa, sslCertificate, sslKey }: LogSettings): ConnectionOptions | undefined {
  if ((sslCertificate === undefined) !== (sslKey === undefined))
    throw invalid('KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY go together: set both or neither')
  if (!ssl) {
    if (sslCa === undefined && sslKey === undefined) return undefined
    throw invalid('KAFKA_SSL_CA or KAFKA_SSL_KEY is set and KAFKA_SSL is not true')
  }
  return {
    ...(sslCa !== undefined && { ca: fileOf('KAFKA_SSL_CA', sslCa) }),
    ...(sslCertificate !== undefined && { cert: fileOf('KAFKA_SSL_CERTIFICATE', sslCertificate) }),
    ...(sslKey !== undefined && { key: fileOf('KAFKA_SSL_KEY', sslKey) }),
  }
}

function saslOf({ saslMechanism, saslUsername, saslPassword }: LogSettings): KafkaOptions['sasl'] {
  if (saslMechanism === undefined && saslUsername === undefined && saslPassword === undefined) return undefined
  if (saslMechanism === undefined || saslUsername === undefined || saslPassword === undefined)
    throw invalid('KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go together: set all or none')
  return { mechanism: saslMechanism, username: saslUsername, password: saslPassword.reveal() }
}

function fileOf(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw invalid(`${name} is ${path}, which cannot be read (${(error as Error).message})`)
  }
}

const invalid = (fault: string): K2Error => new K2Error('SETTINGS_INVALID', `${fault}.`)
