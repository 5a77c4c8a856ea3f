/**
 * A request of query.proto -> the path, and the body, that say the same over REST.
 *
 *   shape   OpenAPI document -> routes by their rpc; (fields of the proto, route, request) -> path and body
 */
import type { MethodDoc } from '@k2/service/rpc-describe.ts'

export interface Route {
  readonly path: string
  /** Parameters stand in its body. */
  readonly isPost: boolean
  /** Names that it takes. */
  readonly names: ReadonlySet<string>
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string }[]
}

export function routesOf({ paths }: { readonly paths: Record<string, Record<string, Operation>> }): Map<string, Route> {
  const routes = new Map<string, Route>()
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { operationId, parameters = [] }] of Object.entries(operations))
      routes.set(operationId, { path, isPost: method === 'post', names: new Set(parameters.map(({ name }) => name)) })
  return routes
}

export function restRequest(
  { request: fields }: MethodDoc,
  { path, isPost, names }: Route,
  request: object,
): { readonly path: string; readonly body?: Readonly<Record<string, unknown>> } {
  const given = request as Readonly<Record<string, unknown>>
  const rest: Record<string, unknown> = {}
  let at = path
  for (const { key, name, choices } of fields) {
    const value = given[key]
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue
    const word = Array.isArray(value) ? value.map((one) => wordOf(one, choices)) : wordOf(value, choices)
    const own = isPost || names.has(name) ? name : singular(name)
    if (at.includes(`{${own}}`)) at = at.replace(`{${own}}`, encodeURIComponent(String(word)))
    else rest[own] = word
  }
  if (isPost) return { path: at, body: rest }
  const query = new URLSearchParams(Object.entries(rest).map(([name, word]): [string, string] => [name, String(word)]))
  return { path: `${at}?${query}` }
}

/** A query has lists under the name of one. */
const singular = (name: string): string => name.replace(/(?<=status)es$|s$/, '')

/** ORDER_ASC is asc. */
function wordOf(value: unknown, choices: readonly string[]): unknown {
  const prefix = choices[0]?.slice(0, -'UNSPECIFIED'.length)
  return prefix && typeof value === 'string' && value.startsWith(prefix)
    ? value.slice(prefix.length).toLowerCase()
    : value
}
