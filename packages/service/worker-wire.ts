/** What crosses between a worker thread and its caller, and how it is packed. */

import type { Transferable } from 'node:worker_threads'
import { CODES, type Code, K2Error } from '@k2/contracts/codes.ts'

export type Request =
  | {
      readonly kind: 'call'
      readonly id: number
      readonly method: string
      readonly args: readonly unknown[]
      readonly correlationId: string | undefined
    }
  | { readonly kind: 'cancel'; readonly id: number; readonly index: number; readonly reason: ErrorParcel }

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: ErrorParcel }

/** An error in plain data; a K2Error has a code. */
export interface ErrorParcel {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: Code | undefined
  readonly details: Readonly<Record<string, string | number>>
}

/** Stands in a call's arguments where an AbortSignal stood. */
export const SIGNAL_MARK = 'k2:abort-signal'

const transfers = new WeakMap<object, readonly Transferable[]>()

/** Marks buffers inside an argument or a result as moved, not copied: the sender can no longer read them. */
export function transfer<T extends object>(value: T, buffers: readonly Transferable[]): T {
  transfers.set(value, buffers)
  return value
}

/** The buffers that `transfer` marked in it. */
export function transfersOf(value: unknown): readonly Transferable[] {
  return typeof value === 'object' && value !== null ? (transfers.get(value) ?? []) : []
}

/** A call's arguments as they cross: signals as marks, with what to listen to and what to move. */
export function packArguments(args: readonly unknown[]): {
  packed: unknown[]
  signals: { signal: AbortSignal; index: number }[]
  transfers: Transferable[]
} {
  const signals = args.flatMap((signal, index) => (signal instanceof AbortSignal ? [{ signal, index }] : []))
  const packed = args.map((arg) => (arg instanceof AbortSignal ? SIGNAL_MARK : arg))
  return { packed, signals, transfers: args.flatMap(transfersOf) }
}

export function packError(error: unknown): ErrorParcel {
  if (error instanceof K2Error) {
    return { name: error.name, message: error.message, stack: error.stack, code: error.code, details: error.details }
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  return { name, message, stack, code: undefined, details: {} }
}

export function unpackError({ name, message, stack, code, details }: ErrorParcel): Error {
  const error =
    code && code in CODES ? new K2Error(code, message, details) : Object.assign(new Error(message), { name })
  if (stack !== undefined) error.stack = stack
  return error
}
