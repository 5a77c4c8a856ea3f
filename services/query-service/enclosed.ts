/**
 * An answer's rows between what its door puts around them: in the room that is free there (core/rows.ts), for copying
 * megabytes costs as much as writing them.
 */
export function enclosed(front: Uint8Array, rows: Uint8Array<ArrayBuffer>, back: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = rows
  const from = byteOffset - front.length
  const bytes = front.length + length + back.length
  if (from < 0 || from + bytes > buffer.byteLength) return Buffer.concat([front, rows, back])
  const whole = Buffer.from(buffer, from, bytes)
  whole.set(front)
  whole.set(back, front.length + length)
  return whole
}

/** Smaller ones are no burden. */
const LARGE_BYTES = 1 << 16
export const isLarge = ({ buffer }: Uint8Array): boolean => buffer.byteLength >= LARGE_BYTES

/**
 * Gives an answer's memory back once it is sent. V8 hears of memory outside of its heap and collects all of the heap for
 * every few answers of megabytes: 20 ms of each.
 */
export function letGo(body: Uint8Array<ArrayBuffer>): void {
  if (isLarge(body)) body.buffer.transfer(0)
}
