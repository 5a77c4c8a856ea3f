/**
 * Memory of large replies, let go as soon as it can be: left to V8, memory outside its heap costs a collection of all of it
 * for every few frames of megabytes.
 */

const given = new WeakSet<object>()

/** Marks a reply of bytes whose memory is nobody else's: it is let go as soon as gRPC has copied it. */
export function givenAway<T extends Uint8Array<ArrayBuffer>>(reply: T): T {
  given.add(reply)
  return reply
}

/** By reply that is given away: the frame that it goes in. */
const frames = new WeakMap<object, ArrayBuffer>()

/** `bytes`, which are the reply's: grpc-js copies a reply into its frame before anything else happens: then the reply goes, and the frame is known. */
export function seenOff(reply: Uint8Array, bytes: Buffer): Buffer {
  if (!given.has(reply)) return bytes
  const copy: Buffer['copy'] = (frame, at) => {
    const count = Buffer.prototype.copy.call(bytes, frame, at)
    frames.set(reply, frame.buffer as ArrayBuffer)
    ;(reply.buffer as ArrayBuffer).transfer(0)
    return count
  }
  return Object.assign(bytes, { copy })
}

/** The caller has taken it. */
export function sent(reply: unknown): void {
  frames.get(reply as object)?.transfer(0)
}
