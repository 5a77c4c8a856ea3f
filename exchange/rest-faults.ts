/** REST that fails: a status, or no answer at all, so often or so long. Units: ms of the exchange's clock. */
import type { RestReply } from './rest.ts'

export interface RestFaults {
  add(how: number | 'hang', count: number, untilMs: number): void
  /** What the next request gets; undefined for its answer. */
  next(nowMs: number): RestReply | 'hang' | undefined
  clear(): void
}

export function createRestFaults(): RestFaults {
  let faults: { how: number | 'hang'; count: number; untilMs: number }[] = []
  return {
    add: (how, count, untilMs) => faults.push({ how, count, untilMs }),
    next(nowMs) {
      faults = faults.filter(({ count, untilMs }) => count > 0 && nowMs < untilMs)
      const [fault] = faults
      if (fault === undefined) return undefined
      fault.count--
      return fault.how === 'hang' ? 'hang' : failed(fault.how)
    },
    clear() {
      faults = []
    },
  }
}

/** What stands before an exchange answers in HTML. */
function failed(status: number): RestReply {
  if (status === 500) {
    const body = '{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}'
    return { status, headers: { 'content-type': 'application/json;charset=UTF-8' }, body }
  }
  return { status, headers: { 'content-type': 'text/html' }, body: `<html><body><h1>${status}</h1></body></html>` }
}
