/**
 * HOT PATH (`npm run bench -- dedup`). Where in a partition ids were seen: open-addressed tables of 8 bytes an id, 32 bits
 * of a hash of it and its offset. A hit is a place to look at, never an answer: the log there says which id it is. So it
 * holds ids of any kind in 10 to 11 bytes each, where random ids alone would take 16: an hour of 50,000 a second in 1.9 GB
 * of tables, of which the allocator makes about 2.5 GB of resident memory. What it holds too much, or of records that were
 * read twice, does no harm. What it lacks would: it forgets what lies below the floor that it is told, and nothing else; but
 * of an id that comes again and again it holds SAME_MAX places: the one nearest to the next gives way, so the ends stay.
 *
 *   shape   state; 256 tables, by 8 more bits of the hash, each of which makes room for itself alone
 *   units   offsets: numbers from 0 to OFFSET_MAX, counted from the partition's base
 */
export const OFFSET_MAX = 2 ** 32 - 2

const TABLES = 256
/** Of one hash: that so many ids share its 40 bits does not happen. */
const SAME_MAX = 8
const ROOM_MIN = 8
/** A table is full there; what is forgotten is taken out then, and it grows where that is not enough. */
const FULL = 0.875
const CROWDED = 0.8
const ROOMY = 0.8
const SLOT_BYTES = 8
/** Addresses beside what a table takes, as a multiple of it. */
const RESERVED = 8

/** `slots`: marks, then as many times an offset + 1, 0 where nothing is. Marks stand in their order, but for the crowd. */
interface Table {
  slots: Uint32Array<ArrayBuffer>
  room: number
  used: number
}

export class Index {
  private readonly tables: readonly Table[] = Array.from({ length: TABLES }, () => tableOf(ROOM_MIN))
  private readonly sameMax: number
  bytes = TABLES * ROOM_MIN * SLOT_BYTES

  /** @param sameMax for a weak hash, which many ids share */
  constructor(sameMax = SAME_MAX) {
    this.sameMax = sameMax
  }

  /** Ids that it holds, with what may be forgotten. */
  get count(): number {
    return this.tables.reduce((sum, { used }) => sum + used, 0)
  }

  /**
   * Notes that the id of that hash stands at `offset`, and puts into `found` where it may have been seen before, from
   * `floor` on, in no order. `keep`: what lies below may go.
   */
  note(mark: number, tableNumber: number, offset: number, floor: number, keep: number, found: number[]): void {
    const table = this.tables[tableNumber & (TABLES - 1)]!
    const { slots, room } = table
    let at = homeOf(mark, room)
    let isNoted = false
    let same = 0
    let nearest = 0
    let distance = Number.POSITIVE_INFINITY
    for (let seen = slots[room + at]!; seen !== 0; seen = slots[room + at]!) {
      if (slots[at] === mark) {
        const earlier = seen - 1
        same++
        if (Math.abs(offset - earlier) < distance) {
          distance = Math.abs(offset - earlier)
          nearest = at
        }
        if (earlier === offset) isNoted = true
        else if (earlier < offset && earlier >= floor) found.push(earlier)
      }
      if (++at === room) at = 0
    }
    if (isNoted) return
    if (same >= this.sameMax) {
      slots[room + nearest] = offset + 1
      return
    }
    slots[at] = mark
    slots[room + at] = offset + 1
    if (++table.used <= room * FULL) return
    const left = leftOf(table, keep)
    this.refill(table, keep, left > room * CROWDED ? Math.ceil(left / ROOMY) : room)
  }

  /** What lies below `keep` goes, and with it the room that it took. */
  forget(keep: number): void {
    for (const table of this.tables)
      this.refill(table, keep, Math.max(ROOM_MIN, Math.ceil(leftOf(table, keep) / ROOMY)))
  }

  private refill(table: Table, keep: number, room: number): void {
    const { room: oldRoom } = table
    if (scratch.length < 2 * oldRoom) scratch = new Uint32Array(4 * oldRoom)
    const old = scratch
    old.set(table.slots)
    const slots = resized(table.slots, room).fill(0)
    let used = 0
    for (let i = 0; i < oldRoom; i++) {
      const seen = old[oldRoom + i]!
      if (seen <= keep) continue
      let at = homeOf(old[i]!, room)
      while (slots[room + at] !== 0) if (++at === room) at = 0
      slots[at] = old[i]!
      slots[room + at] = seen
      used++
    }
    this.bytes += (room - oldRoom) * SLOT_BYTES
    table.slots = slots
    table.room = room
    table.used = used
  }
}

/** What a table held while it is filled again. */
let scratch = new Uint32Array(0)

const tableOf = (room: number): Table => ({ slots: slotsOf(room), room, used: 0 })

const slotsOf = (room: number): Uint32Array<ArrayBuffer> =>
  new Uint32Array(new ArrayBuffer(SLOT_BYTES * room, { maxByteLength: SLOT_BYTES * room * RESERVED }), 0, 2 * room)

/**
 * In place, as long as there are addresses: only pages of what is used are memory. What the allocator of C gets back in
 * pieces that grow it cannot give out again, and that was a sixth of it all.
 */
function resized(slots: Uint32Array<ArrayBuffer>, room: number): Uint32Array<ArrayBuffer> {
  const { buffer } = slots
  if (room * SLOT_BYTES > buffer.maxByteLength) {
    buffer.transferToFixedLength(0)
    return slotsOf(room)
  }
  buffer.resize(room * SLOT_BYTES)
  return new Uint32Array(buffer, 0, 2 * room)
}

const homeOf = (mark: number, room: number): number => Math.floor((mark / 2 ** 32) * room)

function leftOf({ slots, room }: Table, keep: number): number {
  let left = 0
  for (let i = room; i < 2 * room; i++) if (slots[i]! > keep) left++
  return left
}
