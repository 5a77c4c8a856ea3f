/**
 * Traces, by OpenTelemetry: spans of batches, commits and requests, never of records. Nothing is made, and next to nothing
 * is spent, until startTracing has been given somewhere to send them.
 *
 *   span ─► traceparent ─► a record's header, gRPC metadata, an HTTP header ─► the span that goes on from there
 *
 *   units   times: ms since the epoch
 *   errors  none: a collector that is away costs spans, and no work
 *   source  W3C Trace Context, "traceparent"; OpenTelemetry, "Messaging spans"
 */

import { codeOf } from '@k2/contracts/codes.ts'
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

/** The name of a header that carries the context of a span. */
export const TRACEPARENT = 'traceparent'

export interface SpanOptions {
  readonly attributes?: Attributes
  /** traceparents that it goes on from: the first is its parent, the others are linked. By default what is in force here. */
  readonly from?: readonly string[]
  /** It is a request of somebody else's. */
  readonly isRequest?: boolean
  readonly startMs?: number
}

/** A span that whoever began it ends. */
export interface Begun {
  /** Runs what is of it. */
  enter<T>(work: () => T): T
  /** Only the first end counts. */
  end(failure?: unknown, attributes?: Attributes): void
}

/** What keeps a span from growing: a commit of more batches names the first of them. */
const LINKS_MAX = 32
const STOP_MS_MAX = 3_000

let isOn = false

/** Whether anybody takes spans: what costs to say is said only then. */
export const isTracing = (): boolean => isOn

/** Sends spans from now on, as OTEL_* say; the function that it gives sends the last of them. */
export async function startTracing(service: string): Promise<() => Promise<void>> {
  // Three quarters of a second of modules: loaded for who asks for traces.
  const { NodeSDK } = await import('@opentelemetry/sdk-node')
  const sdk = new NodeSDK({
    serviceName: service,
    autoDetectResources: false,
    metricReaders: [],
    logRecordProcessors: [],
  })
  sdk.start()
  isOn = true
  return async () => {
    isOn = false
    const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS_MAX).unref())
    await Promise.race([sdk.shutdown().catch(() => {}), late])
  }
}

const NONE: Begun = { enter: (work) => work(), end: () => {} }

/** Begins a span; end it. */
export function begin(name: string, options: SpanOptions = {}): Begun {
  if (!isOn) return NONE
  const { attributes = {}, from = [], isRequest = false, startMs } = options
  const [parent, ...others] = from.map(contextOf)
  const links = others
    .slice(0, LINKS_MAX)
    .flatMap((other) => trace.getSpanContext(other) ?? [])
    .map((linked) => ({ context: linked }))
  const kind = isRequest ? SpanKind.SERVER : SpanKind.INTERNAL
  const within = parent ?? context.active()
  const options_ = { attributes, links, kind, ...(startMs !== undefined && { startTime: startMs }) }
  const span = trace.getTracer('k2').startSpan(name, options_, within)
  const own = trace.setSpan(within, span)
  return {
    enter: (work) => context.with(own, work),
    end(failure, more) {
      if (span.isRecording()) endSpan(span, failure, more)
    },
  }
}

/** Runs `work` in a span, which fails as it does. */
export async function traced<T>(name: string, work: () => Promise<T>, options?: SpanOptions): Promise<T> {
  if (!isOn) return work()
  const span = begin(name, options)
  try {
    const done = await span.enter(work)
    span.end()
    return done
  } catch (error) {
    span.end(error)
    throw error
  }
}

/** Of the span in force, for whoever goes on from it; undefined where there is none, or nobody keeps it. */
export function traceparent(): string | undefined {
  if (!isOn) return undefined
  const carrier: Record<string, string> = {}
  const own = trace.getSpanContext(context.active())
  if (own === undefined || (own.traceFlags & 1) === 0) return undefined
  propagation.inject(context.active(), carrier)
  return carrier[TRACEPARENT]
}

/** Of the span in force, for a line of the log. */
export function traceId(): string | undefined {
  return isOn ? trace.getSpanContext(context.active())?.traceId : undefined
}

const contextOf = (parent: string): Context => propagation.extract(ROOT_CONTEXT, { [TRACEPARENT]: parent })

function endSpan(span: Span, failure: unknown, attributes: Attributes = {}): void {
  span.setAttributes(attributes)
  // The sentence may quote what a client sent; the code says enough.
  if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(failure) })
  span.end()
}
