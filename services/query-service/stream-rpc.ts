/** Streams over gRPC: messages of k2.v1, whose rows are written by the worker. */
import type { PackageDefinition, RpcService } from '@k2/service/rpc.ts'
import { givenAway, serviceIn } from '@k2/service/rpc.ts'
import { mapped } from '@k2/service/send.ts'
import { QUOTE, TRADE } from './core/fields.ts'
import { STREAMS } from './core/streams.ts'
import { enclosed, letGo } from './enclosed.ts'
import type { Doors } from './rest.ts'
import { fieldNumber, metaMessage, QUERY_SERVICE, textsOf, wireShapeOf } from './rpc.ts'
import type { Sent } from './streams.ts'

const BYTES = 2
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
    const arrow = arrowField(rpc, protos)
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

const LENGTH_BYTES = 4

/**
 * What stands in front of Arrow's bytes: 11 of its own, so that behind the 5 of gRPC's frame they begin at a multiple of 8, as
 * readers want that take columns where they lie (apache-arrow copies them else). These are three cursors without text, which
 * the one behind the rows replaces, the tag, and a length of four bytes, however few it needs.
 */
function arrowField(rpc: string, protos: PackageDefinition) {
  const tagOf = (field: string) => fieldNumber(rpc, field, protos) * 8 + BYTES
  const cursor = [tagOf('cursor'), 0]
  const tag = tagOf('arrow')
  return {
    head(body: Uint8Array): Uint8Array {
      const length = Array.from({ length: LENGTH_BYTES }, (_, i) => {
        const more = i < LENGTH_BYTES - 1 ? 128 : 0
        return ((body.length >>> (7 * i)) & 127) | more
      })
      return Uint8Array.from([...cursor, ...cursor, ...cursor, tag, ...length])
    },
  }
}

/** What of a message stands behind its rows. */
const rest = ({ cursor, meta, live, reasons, lagRecords }: Sent) => ({
  cursor,
  ...(meta && { meta: metaMessage(meta, undefined) }),
  ...(live !== undefined && { live, reasons, lagRecords: String(lagRecords ?? 0) }),
})
