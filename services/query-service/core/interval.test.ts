import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatInstant, parseInstant } from '@k2/market/instant.ts'
import { type Interval, numberAt, spanOf, startOf } from './interval.ts'

const HOUR = 3_600_000_000
const local = (hours: number): Interval => ({ micros: hours * HOUR, calendar: 'exchange' })
const utc = (hours: number): Interval => ({ micros: hours * HOUR, calendar: 'utc' })

// Sydney is 11 hours ahead of UTC until 2014-04-06T03:00 (16:00 UTC the day before), then 10.
// biome-ignore format: a table reads by its columns
const moments: [name: string, interval: Interval, exchange: string, at: string, from: string, to: string][] = [
  ['an hour is of UTC',                  local(1),  'ASX',     '2014-03-10T01:59', '2014-03-10T01:00', '2014-03-10T02:00'],
  ['four hours follow the wall clock',   local(4),  'ASX',     '2014-03-10T00:30', '2014-03-09T21:00', '2014-03-10T01:00'],
  ['unless UTC is asked for',            utc(4),    'ASX',     '2014-03-10T00:30', '2014-03-10T00:00', '2014-03-10T04:00'],
  ['a day of the venue',                 local(24), 'ASX',     '2014-03-10T12:59', '2014-03-09T13:00', '2014-03-10T13:00'],
  ['a day of UTC',                       utc(24),   'ASX',     '2014-03-10T12:59', '2014-03-10T00:00', '2014-03-11T00:00'],
  ['a venue of UTC',                     local(24), 'BINANCE', '2014-03-10T12:59', '2014-03-10T00:00', '2014-03-11T00:00'],
  ['a venue that is not known',          local(24), 'NOWHERE', '2014-03-10T12:59', '2014-03-10T00:00', '2014-03-11T00:00'],
  ['five hours where clocks go back',    local(4),  'ASX',     '2014-04-05T16:30', '2014-04-05T13:00', '2014-04-05T18:00'],
  ['three where they go forward',        local(4),  'ASX',     '2014-10-04T16:30', '2014-10-04T14:00', '2014-10-04T17:00'],
  ['before the epoch',                   local(4),  'BINANCE', '1969-12-31T23:59', '1969-12-31T20:00', '1970-01-01T00:00'],
]
for (const [name, interval, exchange, at, from, to] of moments) {
  test(name, () => {
    const micros = parseInstant(`${at}:00Z`)!
    const number = numberAt(interval, exchange, micros)
    const minute = (at: number) => formatInstant(at).slice(0, 16)
    assert.deepEqual([startOf(interval, exchange, number), startOf(interval, exchange, number + 1)].map(minute), [
      from,
      to,
    ])
    const span = spanOf(interval, number)
    assert.ok(span.fromMicros <= startOf(interval, exchange, number), 'nothing of it lies outside')
    assert.ok(span.toMicros >= startOf(interval, exchange, number + 1))
  })
}
