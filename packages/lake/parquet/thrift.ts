/**
 * Thrift's compact protocol, as much as Parquet's headers and footers use.
 *
 *   field   delta of ids (4 bits) | type (4 bits), then the value; an id further than 15 takes a byte 0 | type and itself
 *   struct  fields, then a byte 0
 *   list    count (4 bits) | type (4 bits) where the count is below 15, else 15 | type and a varint
 *   i32,i64 zigzag varint; binary: varint length, bytes; true and false are field types and have no value
 *
 *   source  Apache Thrift, doc/specs/thrift-compact-protocol.md
 */
import type { Bytes } from './bytes.ts'

const TRUE = 1
const FALSE = 2
const I32 = 5
const I64 = 6
const BINARY = 8
const LIST = 9
const STRUCT = 12

export class Thrift {
  private readonly out: Bytes
  private last = 0
  private readonly outer: number[] = []

  constructor(out: Bytes) {
    this.out = out
  }

  private field(id: number, type: number): void {
    const delta = id - this.last
    this.last = id
    if (delta > 0 && delta < 16) this.out.byte((delta << 4) | type)
    else {
      this.out.byte(type)
      this.out.zigzag(id)
    }
  }

  bool(id: number, value: boolean): void {
    this.field(id, value ? TRUE : FALSE)
  }

  i32(id: number, value: number): void {
    this.field(id, I32)
    this.out.zigzag(value)
  }

  i64(id: number, value: number): void {
    this.field(id, I64)
    this.out.zigzag(value)
  }

  binary(id: number, value: Uint8Array): void {
    this.field(id, BINARY)
    this.out.varint(value.length)
    this.out.put(value)
  }

  text(id: number, value: string): void {
    this.binary(id, Buffer.from(value))
  }

  struct(id: number, content: () => void): void {
    this.field(id, STRUCT)
    this.element(content)
  }

  structs<T>(id: number, values: readonly T[], content: (value: T, index: number) => void): void {
    this.list(id, STRUCT, values.length)
    values.forEach((value, index) => {
      this.element(() => content(value, index))
    })
  }

  i32s(id: number, values: readonly number[]): void {
    this.list(id, I32, values.length)
    for (const value of values) this.out.zigzag(value)
  }

  texts(id: number, values: readonly string[]): void {
    this.list(id, BINARY, values.length)
    for (const value of values) {
      const bytes = Buffer.from(value)
      this.out.varint(bytes.length)
      this.out.put(bytes)
    }
  }

  private list(id: number, type: number, count: number): void {
    this.field(id, LIST)
    if (count < 15) this.out.byte((count << 4) | type)
    else {
      this.out.byte(0xf0 | type)
      this.out.varint(count)
    }
  }

  /** A struct without a field's header: one of a list, or the whole, or what of it stands behind the field `last`. */
  element(content: () => void, last = 0): void {
    this.outer.push(this.last)
    this.last = last
    content()
    this.out.byte(0)
    this.last = this.outer.pop()!
  }
}
