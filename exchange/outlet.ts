/**
 * What leaves a connection: every frame goes this way, so that a fault can hold it, slow it or lose it.
 *
 *   units   bytes; a slow line gives a piece each 100 ms of the clock
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '@k2/service/clock.ts'

export interface Outlet {
  write(frame: Buffer): void
  /** The peer hears nothing more, and is not told: its connection stays open. */
  halt(): void
  /** Bytes a second; 0 for as fast as it goes. */
  slow(bytesPerSecond: number): void
  /** As a peer that died: the other side gets a reset. */
  cut(): void
  readonly isHalted: boolean
}

const PIECE_MS = 100

export function createOutlet(socket: Duplex, clock: Clock, backlogBytesMax: number, ended: AbortSignal): Outlet {
  let isCorked = false
  let isHalted = false
  let bytesPerSecond = 0
  let held: Buffer[] = []
  let heldBytes = 0
  let isDripping = false

  // All frames of one turn leave in one write.
  function send(bytes: Buffer): void {
    if (!isCorked) {
      isCorked = true
      socket.cork()
      process.nextTick(() => {
        isCorked = false
        socket.uncork()
      })
    }
    socket.write(bytes)
    if (socket.writableLength > backlogBytesMax) socket.destroy()
  }

  async function drip(): Promise<void> {
    isDripping = true
    try {
      while (heldBytes > 0 && bytesPerSecond > 0) {
        await clock.sleep(PIECE_MS, ended)
        const all = Buffer.concat(held)
        const piece = all.subarray(0, Math.ceil((bytesPerSecond * PIECE_MS) / 1_000))
        held = [all.subarray(piece.length)]
        heldBytes -= piece.length
        if (piece.length > 0) send(piece)
      }
      for (const frame of held) if (frame.length > 0) send(frame)
      held = []
      heldBytes = 0
    } catch {
      // It has ended.
    }
    isDripping = false
  }

  function write(frame: Buffer): void {
    if (isHalted || !socket.writable) return
    if (bytesPerSecond === 0 && !isDripping) return void send(frame)
    held.push(frame)
    heldBytes += frame.length
    if (heldBytes > backlogBytesMax) socket.destroy()
    else if (!isDripping) void drip()
  }

  return {
    write,
    halt() {
      isHalted = true
    },
    slow(rate) {
      bytesPerSecond = rate
    },
    cut() {
      if (socket instanceof Socket && socket.constructor === Socket) socket.resetAndDestroy()
      else socket.destroy()
    },
    get isHalted() {
      return isHalted
    },
  }
}
