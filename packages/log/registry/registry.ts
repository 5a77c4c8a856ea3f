/**
 * Confluent's schema registry over HTTP. What it has said once is kept: schemas never change, so that records of known
 * ones are read and written while it is away.
 *
 *   limits  a deadline an exchange, a budget of tries; SCHEMAS_MAX kept, the longest unused one goes
 *   errors  SCHEMA_UNKNOWN; SCHEMA_INCOMPATIBLE (BACKWARD, checked here as well as there: a registry may be set to less);
 *           LOG_UNAVAILABLE; INVALID_ARGUMENT for text that is no JSON
 *   source  Confluent Schema Registry, "API reference": subjects, schemas, error codes
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { type Guard, guard } from '@k2/service/guard.ts'
import { settled } from '@k2/service/retry.ts'
import type { SchemaRegistry } from '../log.ts'
import { type Access, type Answer, Away, exchange, NotLetIn } from './exchange.ts'

/** Why `reader` cannot read what `writer` wrote; undefined where it can. */
export type Incompatibility = (reader: string, writer: string) => string | undefined

export interface RegistryOptions extends Access {
  readonly incompatibility: Incompatibility
  /** Its circuit and its retries. */
  readonly guard?: Guard
  readonly now?: () => number
}

const SCHEMAS_MAX = 10_000
const REGISTER_TRIES = 3
/** An id that is not there may be on its way to this node of the registry; a flood of bad records must not ask each time. */
const UNKNOWN_MS = 10_000
const SCHEMA_NOT_FOUND = 40_403

export interface RegistryClient extends SchemaRegistry {
  /** Why what is not known yet cannot be asked, as a sentence; undefined where it can, as far as is known. */
  trouble(): string | undefined
}

export function openRegistry(options: RegistryOptions): RegistryClient {
  const { incompatibility, guard: guarded = guard('registry'), now = Date.now } = options
  const ids = new Kept<number>()
  const schemas = new Kept<string>()
  const unknown = new Map<number, number>()

  let trouble: string | undefined

  const ask = (method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> =>
    guarded.again(async () => {
      try {
        const answer = await askOnce(options, method, path, body)
        trouble = undefined
        return answer
      } catch (error) {
        if (error instanceof K2Error) trouble = error.message
        throw error
      }
    })

  async function register(subject: string, schema: string, triesLeft = REGISTER_TRIES): Promise<number> {
    const versions = `/subjects/${encodeURIComponent(subject)}`
    const known = await ask('POST', versions, { schema })
    if (known.status === 200) return idOf(known)
    const last = await ask('GET', `${versions}/versions/latest`)
    if (last.status === 200) {
      const reason = incompatibility(schema, String(last.json.schema))
      if (reason !== undefined) throw incompatible(subject, last.json.version, reason)
    }
    const made = await ask('POST', `${versions}/versions`, { schema })
    if (made.status === 200) return idOf(made)
    // Apicurio refuses so, too, what somebody else registered since it was looked for.
    if (made.status === 409 && triesLeft > 1) return register(subject, schema, triesLeft - 1)
    if (made.status === 409) throw incompatible(subject, last.json.version, made.json.message)
    throw new K2Error('INVALID_ARGUMENT', `The schema of ${subject} is refused: ${made.json.message}.`, { subject })
  }

  async function schemaOf(id: number): Promise<string> {
    const sinceMs = unknown.get(id)
    if (sinceMs !== undefined && now() - sinceMs < UNKNOWN_MS) throw schemaUnknown(options.url, id)
    unknown.delete(id)
    const { status, json } = await ask('GET', `/schemas/ids/${id}`)
    if (status === 200 && (json.schemaType ?? 'AVRO') === 'AVRO') return String(json.schema)
    if (status !== 200 && json.error_code !== SCHEMA_NOT_FOUND)
      throw away(options.url, `status ${status}: ${json.message}`)
    if (unknown.size >= SCHEMAS_MAX) unknown.clear()
    unknown.set(id, now())
    throw schemaUnknown(options.url, id)
  }

  return {
    async register(subject, schema) {
      const normal = normalized(subject, schema)
      return ids.of(`${subject}\n${normal}`, () => register(subject, normal))
    },
    schema: (id) => schemas.of(String(id), () => schemaOf(id)),
    trouble: () => trouble,
  }
}

async function askOnce(access: Access, method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
  try {
    return await exchange(access, method, path, body)
  } catch (error) {
    if (!(error instanceof Away)) throw error
    const failure = away(access.url, error.message, error)
    throw error instanceof NotLetIn ? settled(failure) : failure
  }
}

/** Answers by their question, and questions that are on their way; the longest unused answer goes first. */
class Kept<T> {
  readonly #answers = new Map<string, Promise<T>>()

  of(question: string, ask: () => Promise<T>): Promise<T> {
    const answer = this.#answers.get(question) ?? ask()
    this.#answers.delete(question)
    this.#answers.set(question, answer)
    answer.catch(() => this.#answers.delete(question))
    if (this.#answers.size > SCHEMAS_MAX) this.#answers.delete(this.#answers.keys().next().value!)
    return answer
  }
}

function idOf({ json }: Answer): number {
  if (Number.isInteger(json.id)) return json.id as number
  throw new Error(`the registry answers without an id: ${JSON.stringify(json).slice(0, 200)}`)
}

/** White space does not make another schema. */
export function normalized(subject: string, schema: string): string {
  try {
    return JSON.stringify(JSON.parse(schema))
  } catch (error) {
    throw new K2Error('INVALID_ARGUMENT', `The schema of ${subject} is no JSON: ${error}.`, { subject }, error)
  }
}

export function incompatible(subject: string, version: unknown, reason: unknown): K2Error {
  const sentence = `The new schema of ${subject} cannot read what its version ${version} wrote: ${reason}. Give new fields a default, and keep the types of old ones.`
  return new K2Error('SCHEMA_INCOMPATIBLE', sentence, { subject })
}

function schemaUnknown(url: string, id: number): K2Error {
  const sentence = `The registry at ${url} has no Avro schema ${id}. Was the value written with another registry?`
  return new K2Error('SCHEMA_UNKNOWN', sentence, { id })
}

function away(url: string, why: string, cause?: unknown): K2Error {
  const sentence = `The schema registry at ${url} cannot be used: ${why}. Check SCHEMA_REGISTRY_URL, and that it runs; schemas that are known already are used meanwhile.`
  return new K2Error('LOG_UNAVAILABLE', sentence, { registry: url }, cause)
}
