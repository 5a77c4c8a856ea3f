/**
 * Thrift's compact protocol, read: as much as ../thrift.ts writes.
 *
 *   shape   a struct is an array of its values by field id, a list one by place; numbers are doubles
 *   errors  NotOurs
 */
import { type Cursor, NotOurs } from './cursor.ts'

export type Thing = number | boolean | Buffer | Thing[]

export function struct(from: Cursor): Thing[] {
  const fields: Thing[] = []
  let id = 0
  for (;;) {
    const head = from.byte()
    if (head === 0) return fields
    id = head < 16 ? from.zigzag() : id + (head >> 4)
    fields[id] = thing(from, head & 15)
  }
}

function thing(from: Cursor, type: number): Thing {
  switch (type) {
    case 1:
    case 2:
      return type === 1
    case 5:
    case 6:
      return from.zigzag()
    case 8:
      return from.take(from.varint())
    case 9:
      return list(from)
    case 12:
      return struct(from)
    default:
      throw new NotOurs(`a field of type ${type}`)
  }
}

function list(from: Cursor): Thing[] {
  const head = from.byte()
  const count = head >> 4 === 15 ? from.varint() : head >> 4
  const things: Thing[] = []
  for (let i = 0; i < count; i++) things.push(thing(from, head & 15))
  return things
}

export function things(thing: Thing | undefined): Thing[] {
  if (Array.isArray(thing)) return thing
  throw new NotOurs('no struct where there ought to be one')
}

export function count(thing: Thing | undefined): number {
  if (typeof thing === 'number' && thing >= 0 && thing < 2 ** 31) return thing
  throw new NotOurs('no count where there ought to be one')
}
