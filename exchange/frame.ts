/**
 * A server's WebSocket frames as bytes: whole ones, and those that no server should send.
 *
 *   source  RFC 6455, section 5.2: final bit and opcode; length in 7, 16 or 64 bits; a server does not mask
 */

export const TEXT = 0x1
export const BINARY = 0x2
export const CLOSE = 0x8
export const PING = 0x9
export const PONG = 0xa

const FINAL = 0x80

export function frameOf(payload: string | Uint8Array, opcode = TEXT): Buffer {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  const headLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headLength + length)
  frame[0] = FINAL | opcode
  if (headLength === 2) frame[1] = length
  else if (headLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  if (typeof payload === 'string') frame.write(payload, headLength)
  else frame.set(payload, headLength)
  return frame
}

export function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return frameOf(payload, CLOSE)
}
