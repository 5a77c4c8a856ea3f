/**
 * Frames that no client expects.
 *
 *   source  RFC 6455, sections 5.1, 5.2 and 8.1: what a client must fail a connection for
 */
import { BINARY, frameOf, TEXT } from './frame.ts'

const TRADE = '{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1.00000000","q":"1.00000000","T":1,"m":true,"M":true}'
const OF_TRADE = (payload: string) => frameOf(`{"stream":"btcusdt@trade","data":${payload}}`)

// biome-ignore format: a table reads by its columns
const FRAMES = {
  'not JSON':        () => frameOf('<html>502 Bad Gateway</html>'),
  'cut JSON':        () => frameOf(`{"stream":"btcusdt@trade","data":${TRADE.slice(0, 40)}`),
  empty:             () => frameOf(''),
  null:              () => frameOf('null'),
  array:             () => frameOf(`[${TRADE}]`),
  'no fields':       () => OF_TRADE('{"e":"trade"}'),
  'no decimal':      () => OF_TRADE(TRADE.replace('1.00000000', '1e5')),
  'number as price': () => OF_TRADE(TRADE.replace('"1.00000000"', '1.0')),
  'text as id':      () => OF_TRADE(TRADE.replace('"t":1', '"t":"one"')),
  'unknown event':   () => OF_TRADE('{"e":"blockTrade","E":1,"s":"BTCUSDT","x":{"y":[1,2,3]}}'),
  'unknown stream':  () => frameOf(`{"stream":"nobody@trade","data":${TRADE.replace('BTCUSDT', 'NOBODY')}}`),
  deep:              () => frameOf('['.repeat(100_000)),
  binary:            () => frameOf(Uint8Array.of(0x80, 0x00, 0xff, 0x7b), BINARY),
  'bad UTF-8':       () => frameOf(Uint8Array.of(0x22, 0xc3, 0x28, 0x22), TEXT),
  'reserved opcode': () => frameOf('x', 0x3),
  'reserved bit':    () => marked(frameOf('x'), 0, 0x40),
  masked:            () => marked(frameOf('xxxxxxxx'), 1, 0x80),
  'long ping':       () => frameOf('x'.repeat(126), 0x9),
} as const satisfies Record<string, () => Buffer>

export type Form = keyof typeof FRAMES

export const FORMS = Object.keys(FRAMES) as Form[]

export const garbage = (form: Form): Buffer => FRAMES[form]()

function marked(frame: Buffer, at: number, bit: number): Buffer {
  frame[at] = frame[at]! | bit
  return frame
}

export function hugeFrame(bytes: number): Buffer {
  const frame = `{"stream":"btcusdt@trade","data":{"e":"trade","z":"`
  const end = '"}}'
  return frameOf(`${frame}${'z'.repeat(Math.max(0, bytes - frame.length - end.length))}${end}`)
}
