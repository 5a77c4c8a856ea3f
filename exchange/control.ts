/**
 * Requests over a WebSocket, and the answers that Binance documents.
 *
 *   shape   (text, what the connection holds) -> what it holds then, and the answer's text
 *   source  Binance spot "web-socket-streams.md", "Live Subscribing/Unsubscribing to streams" and its table of errors;
 *           lines and columns are counted as serde_json does, whose words these are
 */
import type { Rules } from './venues.ts'

export interface Held {
  readonly streams: ReadonlySet<string>
  readonly isCombined: boolean
}

export interface Answered {
  readonly held: Held
  readonly answer: string
}

type Params = readonly unknown[]
type Answer = (held: Held, params: Params, id: string, rules: Rules) => Answered

const METHODS: Readonly<Record<string, Answer>> = {
  SUBSCRIBE: subscribe,
  UNSUBSCRIBE: unsubscribe,
  LIST_SUBSCRIPTIONS: list,
  SET_PROPERTY: setProperty,
  GET_PROPERTY: getProperty,
}

const INT64 = 2n ** 63n

export function answerTo(text: string, held: Held, rules: Rules): Answered {
  const refuse = (code: number, message: string) => ({ held, answer: refusal(code, message) })
  const request = parsed(text)
  if (typeof request === 'string') return refuse(3, `Invalid JSON: expected value at ${request}`)
  if (typeof request !== 'object' || request === null || !('method' in request)) {
    return refuse(2, `Invalid request: missing field \`method\` at ${placeOf(text, text.trimEnd().length)}`)
  }
  const { method, params = [] } = request as { method: unknown; params?: unknown }
  const answer = typeof method === 'string' && Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
  if (answer === undefined) return refuse(2, unknownMethod(method, text))
  const id = idOf(text, request)
  if (id === undefined) return refuse(2, 'Invalid request: request ID must be an unsigned integer')
  return answer(held, Array.isArray(params) ? params : [params], id, rules)
}

const refusal = (code: number, message: string): string => JSON.stringify({ code, msg: message })
const done = (held: Held, id: string, result = 'null'): Answered => ({
  held,
  answer: `{"result":${result},"id":${id}}`,
})
const refused = (held: Held, code: number, message: string): Answered => ({ held, answer: refusal(code, message) })

function subscribe(held: Held, params: Params, id: string, rules: Rules): Answered {
  const streams = new Set([...held.streams, ...params.map(String)])
  // No document says what is told here.
  if (streams.size > rules.streamsMax) return refused(held, 2, `Invalid request: more than ${rules.streamsMax} streams`)
  return done({ ...held, streams }, id)
}

function unsubscribe(held: Held, params: Params, id: string): Answered {
  const streams = new Set([...held.streams].filter((stream) => !params.includes(stream)))
  return done({ ...held, streams }, id)
}

function list(held: Held, params: Params, id: string): Answered {
  if (params.length > 0) return refused(held, 2, 'Invalid request: too many parameters')
  return done(held, id, JSON.stringify([...held.streams]))
}

function setProperty(held: Held, params: Params, id: string): Answered {
  const fault = propertyFault(params, 2, id)
  if (fault) return { held, answer: fault }
  const isCombined = params[1]
  if (typeof isCombined !== 'boolean') return refused(held, 1, 'Invalid value type: expected Boolean')
  return done({ ...held, isCombined }, id)
}

function getProperty(held: Held, params: Params, id: string): Answered {
  const fault = propertyFault(params, 1, id)
  return fault ? { held, answer: fault } : done(held, id, String(held.isCombined))
}

function propertyFault(params: Params, countMax: number, id: string): string | undefined {
  const [name] = params
  if (typeof name !== 'string') return refusal(2, 'Invalid request: property name must be a string')
  if (params.length > countMax) return refusal(2, 'Invalid request: too many parameters')
  return name === 'combined' ? undefined : `{"code":0,"msg":"Unknown property","id":${id}}`
}

/** As JSON, to be echoed to the digit: a 64-bit number is more than a double. */
function idOf(text: string, request: object): string | undefined {
  if (!('id' in request)) return undefined
  const { id } = request
  if (id === null) return 'null'
  if (typeof id === 'string') return /^[A-Za-z0-9_-]{0,36}$/.test(id) ? JSON.stringify(id) : undefined
  if (typeof id !== 'number') return undefined
  const digits = /"id"\s*:\s*(-?\d+)\s*[,}]/.exec(text)?.[1]
  if (digits === undefined) return undefined
  const number = BigInt(digits)
  return number >= -INT64 && number < INT64 ? digits : undefined
}

function unknownMethod(method: unknown, text: string): string {
  const names = Object.keys(METHODS)
    .map((name) => `\`${name}\``)
    .join(', ')
  const written = JSON.stringify(method)
  const end = text.indexOf(written, text.indexOf('"method"') + 8) + written.length
  return `Invalid request: unknown variant \`${method}\`, expected one of ${names} at ${placeOf(text, end)}`
}

/** The value, or where its text stops being JSON. */
function parsed(text: string): unknown {
  try {
    const value = JSON.parse(text)
    return typeof value === 'string' ? placeOf(text, 1) : value
  } catch {
    return placeOf(text, brokenAt(text))
  }
}

/** The length of the shortest beginning that no text can go on from. JSON.parse does not always say where. */
function brokenAt(text: string): number {
  let [low, high] = [1, text.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (isBroken(text.slice(0, middle))) high = middle
    else low = middle + 1
  }
  return low
}

function isBroken(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    const { message } = error as Error
    const position = /at position (\d+)/.exec(message)?.[1]
    return position === undefined ? !message.includes('end of JSON') : Number(position) < text.length
  }
}

function placeOf(text: string, end: number): string {
  const lines = text.slice(0, end).split('\n')
  return `line ${lines.length} column ${lines.at(-1)!.length}`
}
