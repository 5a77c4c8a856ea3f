/** Refuses what never gets to be a request: what is no HTTP, or came too slowly or with too long a head. */
import type { Socket } from 'node:net'
import { K2Error } from '@k2/contracts/codes.ts'
import { acceptCorrelation } from './correlation.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'

export function refuseRaw(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const isLong = error.code === 'HPE_HEADER_OVERFLOW'
  const refused = isLate
    ? new K2Error('DEADLINE_EXCEEDED', 'the request did not arrive within its time')
    : new K2Error(
        isLong ? 'PAYLOAD_TOO_LARGE' : 'INVALID_ARGUMENT',
        isLong ? 'its head is too long' : 'this is not HTTP',
      )
  const id = acceptCorrelation(undefined)
  const problem = problemOf(refused, id, isLate ? 408 : undefined)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${isLate ? 'Request Timeout' : isLong ? 'Payload Too Large' : 'Bad Request'}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Correlation-ID: ${id}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
