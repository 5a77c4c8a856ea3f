/**
 * Logs: a JSON line each, to standard error since standard output belongs to results; pretty on a terminal. Each line
 * carries the service, the component, the correlation and trace ids of the work at hand, and who asked for it. Lines are
 * written before the call returns, so that those before a crash, in a worker or in a run of a second are all there.
 */
import { type DestinationStream, destination, type Logger as Pino, pino, stdSerializers } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { asking } from './correlation.ts'
import { traceId } from './tracing.ts'

export { acceptCorrelation, correlationId, withCorrelation } from './correlation.ts'

export type Logger = Pino

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LoggerOptions {
  readonly service: string
  readonly environment?: string
  readonly level?: LogLevel
  /** By default where standard error is a terminal. */
  readonly pretty?: boolean
  /** Where lines go; standard error by default. */
  readonly to?: DestinationStream
}

const STDERR_FD = 2
const SECRET_KEYS = [
  'password',
  'secret',
  'token',
  'apiKey',
  'authorization',
  'cookie',
  'accessKeyId',
  'secretAccessKey',
]

/** The logger of a service. Child loggers name their component: `componentLogger(logger, 'sink')`. */
export function createLogger({ service, environment, level = 'info', pretty, to }: LoggerOptions): Logger {
  const lines = to ?? destination({ dest: STDERR_FD, sync: true })
  const isPretty = pretty ?? (to === undefined && process.stderr.isTTY === true)
  return pino(
    {
      level,
      base: environment === undefined ? { service } : { service, environment },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin: carried,
      serializers: { error: stdSerializers.err, err: stdSerializers.err },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
    },
    isPretty ? prettyLines(lines) : lines,
  )
}

/** A logger of one component of a service, or of one topic, table or stream in it. */
export function componentLogger(logger: Logger, component: string, bindings: Record<string, string> = {}): Logger {
  return logger.child({ component, ...bindings })
}

/** A logger that says nothing, for tests of what logs. */
export const silentLogger: Logger = pino({ level: 'silent' })

function carried(): object {
  const call = asking()
  const trace = traceId()
  return {
    ...(call !== undefined && { correlation_id: call.id }),
    ...(call?.who !== undefined && { who: call.who }),
    ...(trace !== undefined && { trace_id: trace }),
  }
}

// Not pino-pretty's own stream: that is a transform, and loses lines when the process or the worker exits.
function prettyLines(lines: DestinationStream): DestinationStream {
  const format = prettyFactory({
    colorize: process.stderr.hasColors?.() === true,
    ignore: 'service,environment,component',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    messageFormat: '{if component}{component}: {end}{msg}',
  })
  return { write: (line) => lines.write(format(line)) }
}
