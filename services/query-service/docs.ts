/** What there is, at /; /openapi.json, and /docs: the same as a page of its own, with nothing fetched from elsewhere. */
import type { HttpApp } from '@k2/service/http.ts'
import { DEFINITIONS, type Definition, methodsOf } from './core/definitions.ts'
import { DETOURS, type Detour } from './core/detours.ts'
import type { Field } from './core/fields.ts'
import { openApi, pathOf } from './core/openapi.ts'
import type { Param } from './core/params.ts'
import { STREAMS, type StreamDefinition } from './core/streams.ts'

export function docsRoutes(app: HttpApp): void {
  const document = JSON.stringify(openApi())
  const page = docsPage()
  // What can be asked is no secret, and a browser shows no key.
  const open = { config: { access: 'open' } } as const
  app.get('/', open, async () => ({
    name: 'K2',
    links: { docs: '/docs', openapi: '/openapi.json', health: '/health' },
  }))
  app.get('/openapi.json', open, async (_, reply) => reply.type('application/json; charset=utf-8').send(document))
  app.get('/docs', open, async (_, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(page),
  )
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{margin-top:2.5rem;font:600 1.1rem ui-monospace,monospace}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #ddd}
code{font-family:ui-monospace,monospace}summary{cursor:pointer;margin:.5rem 0}`

function docsPage(): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>K2</title><style>${STYLE}</style>
<h1>K2</h1><p>Made from <a href="/openapi.json">/openapi.json</a>'s own source. The same questions over gRPC: k2.v1.QueryService.
A POST has its parameters as a JSON object, lists under their plural: <code>symbols</code>.</p>
${[...DEFINITIONS, ...DETOURS].map(section).join('\n')}
${STREAMS.map(stream).join('\n')}</html>`
}

function section(route: Definition | Detour): string {
  const { doc, params } = route
  const of = 'rpc' in route ? [route] : route.definitions
  const rows = of.map(({ name, row }) => {
    const whose = of.length > 1 ? ` of ${name}` : ''
    return `<details><summary>A row of the answer${whose}</summary><table>${row.map(field).join('')}</table></details>`
  })
  return `<h2>${methodsOf(route).join(', ')} ${html(pathOf(route))}</h2>
<p>${html(doc)} gRPC: ${of.map(({ rpc }) => `<code>${rpc}</code>`).join(', ')}</p>
<table>${Object.entries(params).map(parameter).join('')}</table>
${rows.join('\n')}`
}

const stream = ({ method, path, rpc, doc, params }: StreamDefinition): string =>
  `<h2>${method === 'GET' ? 'WebSocket' : method} ${html(path)}</h2><p>${html(doc)} gRPC: <code>${rpc}</code></p>
<table>${Object.entries(params).map(parameter).join('')}</table>`

const parameter = ([name, param]: [string, Param]): string =>
  `<tr><td><code>${html(name)}</code><td>${html(limits(param))}<td>${html(param.doc)}`

const field = ({ name, type, required, doc }: Field): string =>
  `<tr><td><code>${html(name)}</code><td>${html(type)}${required ? '' : ' or null'}<td>${html(doc)}`

function limits(param: Param): string {
  const texts: string[] = [param.required ? 'required' : '']
  if (param.kind === 'choices') texts.push(`some of ${[...param.choices, ...Object.keys(param.sets ?? {})].join(', ')}`)
  if (param.kind === 'integer' || param.kind === 'duration') texts.push(`${param.min} to ${param.max}`)
  if (param.kind === 'choice') texts.push(param.choices.join(', '))
  if (param.kind === 'list' || param.kind === 'ranges') texts.push(`up to ${param.max}, with commas between them`)
  if (param.aliases) texts.push(`also ${param.aliases.join(', ')}`)
  if (param.default !== undefined) texts.push(`default ${param.default}`)
  return texts.filter((text) => text !== '').join('; ')
}

const html = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
