/** Records of one topic that are appended together, and what is known of each. */
import type { Outgoing, OutgoingRecord } from '@k2/contracts/records/outgoing.ts'
import type { Spool } from './adapters/spool.ts'
import type { Subject } from './core/subject.ts'

const HEAD_BYTES = 4

export class Batch {
  readonly number: number
  #out: Outgoing | undefined
  readonly subjects: Subject[] = []
  readonly ids: number[] = []
  /** When the first of it was received. */
  firstMicros = Number.POSITIVE_INFINITY
  #records: OutgoingRecord[] | undefined
  #bytes = 0
  #isSpooled = false

  constructor(number: number, out: Outgoing) {
    this.number = number
    this.#out = out
  }

  get out(): Outgoing {
    if (this.#out === undefined) throw new Error('this batch has been written')
    return this.#out
  }

  /** Its buffer, for another batch; undefined where it has gone already. */
  releaseOut(): Outgoing | undefined {
    const out = this.#out
    this.#out = undefined
    return out
  }

  get count(): number {
    return this.ids.length
  }

  get bytes(): number {
    return this.#records || this.#isSpooled ? this.#bytes : this.out.bytes
  }

  get isSpooled(): boolean {
    return this.#isSpooled
  }

  wrote(subject: Subject, id: number, receivedMicros: number): void {
    this.subjects.push(subject)
    this.ids.push(id)
    if (receivedMicros < this.firstMicros) this.firstMicros = receivedMicros
  }

  /** No more records. */
  seal(): void {
    if (this.#records) return
    this.#bytes = this.out.bytes
    this.#records = this.out.take()
  }

  records(spool: Spool | undefined): readonly OutgoingRecord[] {
    if (this.#isSpooled) this.#load(spool!)
    this.seal()
    return this.#records!
  }

  /** To disk, out of memory. */
  spool(spool: Spool): void {
    this.seal()
    const records = this.#records!
    const heads = Buffer.alloc(records.length * HEAD_BYTES)
    records.forEach(({ value }, i) => void heads.writeUInt32LE(value.length, i * HEAD_BYTES))
    spool.put(this.number, Buffer.concat([heads, ...records.map(({ value }) => value)]))
    this.#records = undefined
    this.#isSpooled = true
  }

  #load(spool: Spool): void {
    const bytes = Buffer.from(spool.take(this.number))
    let at = this.count * HEAD_BYTES
    this.#records = this.subjects.map(({ symbol }, i) => {
      const end = at + bytes.readUInt32LE(i * HEAD_BYTES)
      const value = bytes.subarray(at, end)
      at = end
      return { key: symbol, value }
    })
    this.#isSpooled = false
  }
}
