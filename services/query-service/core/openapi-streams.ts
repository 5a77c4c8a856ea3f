/** OpenAPI of the streams. A WebSocket has no place in it but its upgrade. */
import { STREAMS, type StreamDefinition } from './streams.ts'

type Json = Readonly<Record<string, unknown>>

const text = (description: string): Json => ({ type: 'string', description })

const LINES =
  'Lines of JSON: each a row, as in /v1/trades with format=ndjson; behind each batch {"cursor": "…"}; at the end {"meta": {…}}, the proof of all of it as in /v1/trades, or {"error": {…}} with a problem. There is no format=json: POST /v1/trades/query has pages.'
const MESSAGES =
  'Then messages, each {"data": [rows], "cursor": "…", "live": false or true, "complete": …, "reasons": […], "lag_records": "…"}, reasons being those of a meta, LEDGER_BEHIND of trades that have only just come; the first at once, without rows; the last one of a stream that fails {"error": {…}}.'

/** `asked`: parameters of a GET, or the body of a POST. */
export const streamPaths = (asked: (definition: StreamDefinition) => Json, problem: Json): Json =>
  Object.fromEntries(
    STREAMS.map((definition) => [definition.path, pathOf(definition, asked(inText(definition)), problem)]),
  )

/** Arrow is of gRPC alone. */
function inText({ params: { arrow: _, ...params }, ...definition }: StreamDefinition): StreamDefinition {
  return { ...definition, params }
}

function pathOf({ method, rpc, doc }: StreamDefinition, asked: Json, problem: Json): Json {
  const answer =
    method === 'GET'
      ? { 101: { description: `A WebSocket. ${MESSAGES}` } }
      : { 200: { description: LINES, content: { 'application/x-ndjson': { schema: text('Lines of JSON') } } } }
  const refused = { description: 'Why not', content: { 'application/problem+json': { schema: problem } } }
  return {
    [method.toLowerCase()]: { operationId: rpc, summary: doc, ...asked, responses: { ...answer, default: refused } },
  }
}
