/**
 * The shared store in Redis: the one file that imports its client. Every command touches one key, and the keys of a scope
 * share their hash tag, so that a cluster holds them together. A pipeline is bounded, and waits for its answers.
 *
 *   positions   k2:{key}:position      hash of offset and value, compared and set by a script
 *   ids         k2:{scope}:ids:SLICE   hash of 16 bytes to an offset
 *
 * Positions last half as long as ids: where a position is, the ids that it tells of are there too, unless Redis has lost
 * everything, or throws keys away for others (maxmemory-policy must be noeviction).
 */

import { hash } from 'node:crypto'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Guard, guard } from '@k2/service/guard.ts'
import { settled } from '@k2/service/retry.ts'
import { Redis } from 'ioredis'
import { ID_BYTES, type Position, type SharedStore } from './store.ts'

export interface RedisOptions {
  /** Longer than any window, from the last write on. */
  readonly lastsMs: number
  readonly prefix?: string
  /** Its circuit and its retries. */
  readonly guard?: Guard
}

/** Between its own tries to connect. */
const PAUSE_MS = 50
const PAUSE_MS_MAX = 2_000
const FIELDS_MAX = 1_000
const COMMANDS_MAX = 1_000

/** Offsets are compared as texts: the longer one is larger. */
const ADVANCE = `
local at = redis.call('HGET', KEYS[1], 'offset')
if at and (#at > #ARGV[1] or (#at == #ARGV[1] and at >= ARGV[1])) then
  return {at, redis.call('HGET', KEYS[1], 'value')}
end
redis.call('HSET', KEYS[1], 'offset', ARGV[1], 'value', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return false
`

const ADVANCE_SHA = hash('sha1', ADVANCE)

type Command = readonly (string | number | Buffer)[]

/** It connects when it is first asked. */
export function redisStore(url: string, options: RedisOptions): SharedStore {
  const { lastsMs, prefix = 'k2', guard: guarded = guard('redis') } = options
  const { connectMs, deadlineMs } = guarded.policy
  const client = new Redis(url, {
    lazyConnect: true,
    ...(connectMs !== undefined && { connectTimeout: connectMs }),
    commandTimeout: deadlineMs,
    // What was refused must not be done later, by a queue that nobody waits for.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** times),
  })
  // It tries again by itself; whoever asks meanwhile hears of it.
  client.on('error', () => {})
  const positionKey = (key: string) => `${prefix}:{${key}}:position`
  const idsKey = (scope: string, slice: number) => `${prefix}:{${scope}}:ids:${slice}`

  async function run(commands: readonly Command[]): Promise<unknown[]> {
    const answers: unknown[] = []
    for (let i = 0; i < commands.length; i += COMMANDS_MAX) {
      const part = commands.slice(i, i + COMMANDS_MAX)
      answers.push(...(await guarded.again(() => told(url, () => attempt(client, part)))))
    }
    return answers
  }

  return {
    async positions(keys) {
      const answers = await run(keys.map((key) => ['HMGET', positionKey(key), 'offset', 'value']))
      return answers.map((answer, i) => positionOf(keys[i]!, answer as (Buffer | null)[]))
    },
    async advance(positions) {
      const commands = positions.map(({ key, offset, value }): Command => {
        return ['EVALSHA', ADVANCE_SHA, 1, positionKey(key), String(offset), value, Math.ceil(lastsMs / 2)]
      })
      const answers = await run(commands)
      return answers.map((answer, i) => positionOf(positions[i]!.key, (answer as Buffer[] | null) ?? []))
    },
    async drop(keys) {
      await run(keys.map((key) => ['DEL', positionKey(key)]))
    },
    async remember(scope, slice, { ids, offsets }, alive) {
      const commands: Command[] = []
      for (let from = 0; from < offsets.length; from += FIELDS_MAX) {
        const fields = offsets
          .slice(from, from + FIELDS_MAX)
          .flatMap((offset, i) => [idAt(ids, from + i), String(offset)])
        commands.push(['HSET', idsKey(scope, slice), ...fields])
      }
      for (const one of [slice, ...alive]) commands.push(['PEXPIRE', idsKey(scope, one), lastsMs])
      await run(commands)
    },
    async seen(scope, slices, ids) {
      const count = ids.length / ID_BYTES
      const found: bigint[][] = Array.from({ length: count }, () => [])
      const parts = slices.flatMap((slice) =>
        Array.from({ length: Math.ceil(count / FIELDS_MAX) }, (_, part) => ({ slice, from: part * FIELDS_MAX })),
      )
      const commands = parts.map(({ slice, from }): Command => {
        const fields = Array.from({ length: Math.min(FIELDS_MAX, count - from) }, (_, i) => idAt(ids, from + i))
        return ['HMGET', idsKey(scope, slice), ...fields]
      })
      for (const [part, answer] of (await run(commands)).entries()) {
        for (const [i, offset] of (answer as (Buffer | null)[]).entries())
          if (isOffset(offset)) found[parts[part]!.from + i]!.push(BigInt(offset.toString()))
      }
      return found
    },
    async forget(scope, slices) {
      await run(slices.map((slice) => ['UNLINK', idsKey(scope, slice)]))
    },
    async close() {
      client.disconnect()
    },
  }
}

/** All of it, or none is believed: every command may be given again. */
async function executed(client: Redis, commands: readonly Command[]): Promise<unknown[]> {
  if (client.status === 'wait') await client.connect()
  const pipeline = client.pipeline()
  for (const [name, ...given] of commands) pipeline.callBuffer(name as string, ...given)
  return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (error !== null) throw error
    return answer
  })
}

async function attempt(client: Redis, commands: readonly Command[]): Promise<unknown[]> {
  try {
    return await executed(client, commands)
  } catch (error) {
    if (!(await remind(client, error))) throw error
    return executed(client, commands)
  }
}

/** A Redis that was started since has forgotten the script. */
async function remind(client: Redis, error: unknown): Promise<boolean> {
  const isForgotten = error instanceof Error && error.message.startsWith('NOSCRIPT')
  if (isForgotten) await client.call('SCRIPT', 'LOAD', ADVANCE)
  return isForgotten
}

const idAt = (ids: Uint8Array, i: number): Buffer => Buffer.from(ids.buffer, ids.byteOffset + i * ID_BYTES, ID_BYTES)

/** Whatever else stands there is not ours. */
const isOffset = (text: Buffer | null | undefined): text is Buffer => text != null && /^\d{1,19}$/.test(text.toString())

function positionOf(key: string, [offset, value]: readonly (Buffer | null)[]): Position | undefined {
  if (!isOffset(offset)) return undefined
  return { key, offset: BigInt(offset.toString()), value: value?.toString() ?? '' }
}

async function told<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const failure = unavailable(url, error)
    throw isRefusal(error) ? settled(failure) : failure
  }
}

/** Of a Redis that loads, fails over or moves its keys. */
const PASSING = /^(LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|READONLY|UNBLOCKED)\b/

/** It answers, and will answer the same until people have mended it: a wrong password, a right or memory that lacks. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError' && !PASSING.test(error.message)

function unavailable(url: string, error: unknown): K2Error {
  const { host } = new URL(url)
  const why = error instanceof Error ? error.message : String(error)
  const sentence = `Redis at ${host} does not answer: ${why}. What it holds is read from the log meanwhile; see that it runs, or leave REDIS_URL empty.`
  return new K2Error('STORE_UNAVAILABLE', sentence, { host }, error)
}
