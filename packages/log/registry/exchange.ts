/**
 * One request to the registry and its answer as a value.
 *
 *   limits  a deadline over the whole exchange, bytes of the answer
 *   errors  Away where no registry answered; what a registry says is an Answer, whatever its status
 */
export interface Access {
  readonly url: string
  /** The value of the header. */
  readonly authorization?: string
  readonly deadlineMs: number
}

export interface Answer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

const ANSWER_BYTES_MAX = 16 * 2 ** 20
const TYPE = 'application/vnd.schemaregistry.v1+json'
const SAID_CHARS_MAX = 300

export class Away extends Error {
  override readonly name = 'Away'
}

/** It answers, and will answer the same until people have mended it. */
export class NotLetIn extends Away {}

export async function exchange(access: Access, method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
  const signal = AbortSignal.timeout(access.deadlineMs)
  const headers = {
    accept: `${TYPE}, application/json`,
    ...(body && { 'content-type': TYPE }),
    ...(access.authorization !== undefined && { authorization: access.authorization }),
  }
  try {
    // Following would carry the password elsewhere.
    const init = { method, headers, redirect: 'manual' as const, signal, ...(body && { body: JSON.stringify(body) }) }
    const response = await fetch(access.url.replace(/\/+$/, '') + path, init)
    return answerOf(response.status, await textOf(response))
  } catch (error) {
    if (error instanceof Away) throw error
    if (signal.aborted) throw new Away(`no answer within ${access.deadlineMs} ms`, { cause: error })
    let inner = error as Error
    while (inner.cause instanceof Error) inner = inner.cause
    throw new Away(inner.message || (inner as { code?: string }).code || 'the connection failed', { cause: error })
  }
}

function answerOf(status: number, text: string): Answer {
  const json = jsonOf(text)
  const said = typeof json?.message === 'string' ? json.message.slice(0, SAID_CHARS_MAX) : `status ${status}`
  if (status === 401 || status === 403) {
    throw new NotLetIn(`it does not let us in (${said}): check SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO`)
  }
  if (status >= 500 || status === 429 || status === 408) throw new Away(said)
  if (json === undefined || status < 200 || (status >= 300 && status < 400)) {
    throw new Away(`status ${status} without JSON: is it a schema registry, and is the path of its API complete?`)
  }
  return { status, json }
}

function jsonOf(text: string): Answer['json'] | undefined {
  try {
    const json = JSON.parse(text)
    return typeof json === 'object' && json !== null ? json : undefined
  } catch {
    return undefined
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES_MAX) throw new Away(`its answer is larger than ${ANSWER_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
