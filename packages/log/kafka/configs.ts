/**
 * Changes some configs of a topic and leaves the others: kafkajs knows only the request that sets all of them anew.
 *
 *   errors  those of the client; what a broker refuses is a value, its own words
 *   source  kafka.apache.org/protocol, IncrementalAlterConfigs version 0
 */
import { Refused, troubleOf } from './errors.ts'
import { type Broker, typeOf } from './kafkajs.ts'
import { answered, Writer } from './wire.ts'

const ALTER = { apiKey: 44, apiVersion: 0, apiName: 'IncrementalAlterConfigs' }
const TOPIC = 2
const SET = 0
const FALSE = 0

/** Why it is not so now; undefined where it is. */
export async function setConfigs(
  broker: Broker,
  topic: string,
  configs: ReadonlyMap<string, string>,
  timeoutMs: number,
): Promise<string | undefined> {
  const [answer] = await broker.connectionPool.send({
    request: { ...ALTER, encode: async () => request(topic, configs) },
    response: answered(
      (reader) =>
        reader.array(() => {
          const errorCode = reader.int16()
          const said = reader.string()
          reader.at += 1 // resource type
          reader.string()
          return { errorCode, said }
        }),
      'before',
    ),
    requestTimeout: timeoutMs,
    logResponseError: false,
  })
  if (answer === undefined || answer.errorCode === 0) return undefined
  const type = typeOf(answer.errorCode)
  const refused = new Refused(type, answer.said ?? type)
  if (troubleOf(refused).mayPass) throw refused
  return refused.message
}

function request(topic: string, configs: ReadonlyMap<string, string>) {
  const writer = new Writer()
  writer.int32(1)
  writer.int8(TOPIC)
  writer.string(topic)
  writer.int32(configs.size)
  for (const [name, value] of configs) {
    writer.string(name)
    writer.int8(SET)
    writer.string(value)
  }
  writer.int8(FALSE) // not only to see whether it would do
  return writer.finish()
}
