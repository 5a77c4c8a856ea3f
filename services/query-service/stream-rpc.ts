/** Streams over gRPC: messages of k2.v1, whose rows are written by the worker. */
import type { PackageDefinition, RpcService } from '@k2/service/rpc.ts'
import { givenAway, serviceIn } from '@k2/service/rpc.ts'
import { mapped } from '@k2/service/send.ts'
import { QUOTE, TRADE } from './core/fields.ts'
import { Out } from './core/out.ts'
import { STREAMS } from './core/streams.ts'
import { enclosed, letGo } from './enclosed.ts'
import type { Doors } from './rest.ts'
import { fieldNumber, metaMessage, QUERY_SERVICE, textsOf, wireShapeOf } from './rpc.ts'
import type { Sent } from './streams.ts'

const BYTES = 2
const VARINT_BYTES = 5
const LARGE_BYTES = 1 << 16
const NOTHING = new Uint8Array()

export function streamHandlers({ clock, open }: Doors, protos: PackageDefinition): RpcService['handlers'] {
  const methods = serviceIn(protos, QUERY_SERVICE)
  const handlers = STREAMS.map(({ rpc, params, read }) => {
    const shapes = {
      trades: wireShapeOf({ rpc, reply: 'trades', row: TRADE }, protos),
      quotes: wireShapeOf({ rpc, reply: 'quotes', row: QUOTE }, protos),
    }
    const bytes = methods[rpc]!.responseSerialize
    const arrow = bytesField(rpc, 'arrow', protos)
    const handler: RpcService['handlers'][string] = (request, call) => {
      const question = read(textsOf(params, request as Record<string, unknown>), clock.nowMicros())
      const isArrow = question.format === 'arrow'
      const messages = open(isArrow ? question : { ...question, wire: shapes[question.kind] }, call)
      // Messages behind one another are one that has the fields of both.
      return mapped(messages, (sent) => {
        const front = isArrow && sent.rows > 0 ? arrow.head(sent.body) : NOTHING
        const whole = enclosed(front, sent.body, bytes(rest(sent)))
        if (whole.buffer !== sent.body.buffer) letGo(sent.body)
        // What is as large is in no pool of Node's.
        return whole.length >= LARGE_BYTES ? givenAway(whole) : whole
      })
    }
    return [rpc, handler] as const
  })
  return Object.fromEntries(handlers)
}

/** The tag and the length that stand in front of a field of bytes. */
function bytesField(rpc: string, field: string, protos: PackageDefinition) {
  const tag = fieldNumber(rpc, field, protos) * 8 + BYTES
  return {
    head(body: Uint8Array): Uint8Array {
      const out = new Out(2 * VARINT_BYTES)
      out.varint(tag, 0)
      out.varint(body.length, 0)
      return out.written()
    },
  }
}

/** What of a message stands behind its rows. */
const rest = ({ cursor, meta, live, reasons, lagRecords }: Sent) => ({
  cursor,
  ...(meta && { meta: metaMessage(meta, undefined) }),
  ...(live !== undefined && { live, reasons, lagRecords: String(lagRecords ?? 0) }),
})
