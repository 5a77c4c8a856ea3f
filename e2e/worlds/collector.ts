/** A collector of traces: takes OTLP over HTTP as JSON, and keeps the spans. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
  readonly status: { readonly code?: number }
  /** Of the resource. */
  readonly service: string
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] }
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'service'>[] }[]
  }[]
}

export interface Collector {
  /** What a process needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  spans(): readonly Span[]
  close(): Promise<void>
}

export async function startCollector(): Promise<Collector> {
  const spans: Span[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      const sent = JSON.parse(Buffer.concat(parts).toString()) as Sent
      for (const { resource, scopeSpans } of sent.resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? ''
        for (const scope of scopeSpans) spans.push(...scope.spans.map((span) => ({ ...span, service })))
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
    spans: () => spans,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The way from the first file to the first answer that stood on it: names of spans and services, the answer first. */
export function wayOf(spans: readonly Span[]): string[] {
  const file = spans.find(({ name }) => name === 'loader.file')
  const ofFile = spans.filter(({ traceId }) => traceId === file?.traceId)
  const way: string[] = []
  let next = ofFile.find(({ name }) => name === 'query.first-answer')
  while (next !== undefined) {
    way.push(`${next.service} ${next.name}`)
    next = ofFile.find(({ spanId }) => spanId === next!.parentSpanId)
  }
  return way
}
