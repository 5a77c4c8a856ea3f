/**
 * Values of records: trades that land, and what no table can take. Trades are copies of a few encoded ones with an id of
 * their own, for encoding would be most of a run.
 */

import { K2Error } from '@k2/contracts/codes.ts'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { SchemaRegistry } from '@k2/log/log.ts'
import type { Host } from './host.ts'

const SCHEMA_ID = 7
const UNKNOWN_SCHEMA_ID = 8
/** The registry learns it some day. */
const LATE_SCHEMA_ID = 9
export const SYMBOLS = ['BHP', 'CBA', 'BTCUSDT'] as const
export const DAYS = 3
const FIRST_DAY_MICROS = Date.parse('2026-03-02T00:00:00Z') * 1000
const DAY_MICROS = 86_400_000_000
/** The id is the first field: its length, one byte, stands before it. */
const ID_AT = FRAME_BYTES + 1
const ID_LENGTH = 36

/** Of the run's n-th record. */
export const messageId = (number: number): string => `0190a5c0-0000-8000-8000-${String(number).padStart(12, '0')}`

const templates = SYMBOLS.flatMap((symbol) => Array.from({ length: DAYS }, (_, day) => template(symbol, day)))

function template(symbol: string, day: number): Buffer {
  const value = encodeRecord(
    'trades',
    {
      messageId: messageId(0),
      tradeId: '1',
      symbol,
      exchange: 'ASX',
      assetClass: 'equities',
      timestampMicros: FIRST_DAY_MICROS + day * DAY_MICROS,
      price: 100_000_000n,
      quantity: 1n,
      currency: 'AUD',
      side: 'UNKNOWN',
      tradeConditions: [],
      sourceSequence: 1n,
      ingestionMicros: FIRST_DAY_MICROS,
      vendorData: null,
    },
    FRAME_BYTES,
  )
  writeFrame(value, 0, SCHEMA_ID)
  if (value.toString('latin1', ID_AT, ID_AT + ID_LENGTH) !== messageId(0)) throw new Error('the id is not in front')
  return value
}

export function goodValue(number: number, kind: number): Buffer {
  const value = Buffer.from(templates[kind % templates.length]!)
  value.write(messageId(number), ID_AT, 'latin1')
  return value
}

/** It lands as soon as the registry knows its schema, and not before. */
export function lateValue(number: number, kind: number): Buffer {
  const value = goodValue(number, kind)
  writeFrame(value, 0, LATE_SCHEMA_ID)
  return value
}

/** Of the record of that kind: its key. */
export const symbolOf = (kind: number): string => SYMBOLS[Math.floor(kind / DAYS)]!

export const GOOD_KINDS = SYMBOLS.length * DAYS

/** One of the ways in which a value is none. */
export function badValue(number: number, kind: number): Buffer | null {
  const value = goodValue(number, kind)
  switch (kind % 6) {
    case 0:
      return null
    case 1:
      return value.subarray(0, value.length - 3)
    case 2:
      return Buffer.concat([value, Buffer.of(0)])
    case 3:
      value[0] = 1
      return value
    case 4:
      writeFrame(value, 0, UNKNOWN_SCHEMA_ID)
      return value
    default:
      value.write('z', ID_AT, 'latin1')
      return value
  }
}

export const registryOf = (host: Host, hasLearnt: () => boolean): SchemaRegistry => ({
  register: async () => SCHEMA_ID,
  schema: (id) =>
    host.call({
      server: 'log',
      name: 'schema',
      refused: 'LOG_UNAVAILABLE',
      unheard: 'LOG_UNAVAILABLE',
      isRead: true,
      effect: () => {
        if (id !== SCHEMA_ID && !(id === LATE_SCHEMA_ID && hasLearnt()))
          throw new K2Error('SCHEMA_UNKNOWN', `There is no schema ${id}.`)
        return SCHEMAS.trades
      },
    }),
})
