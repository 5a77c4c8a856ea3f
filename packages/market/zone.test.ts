import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatInstant, parseInstant } from './instant.ts'
import { dayBounds, localDay, stretches, toUtc } from './zone.ts'

const SYDNEY = 'Australia/Sydney'

// Sydney: daylight time (UTC+11) ends 2014-04-06 03:00 and begins 2014-10-05 02:00.
// biome-ignore format: a table reads by its columns
const rows: [name: string, zone: string, local: string, utc: string | undefined][] = [
  ['daylight time',                      SYDNEY,             '2014-03-10T07:57:14.754', '2014-03-09T20:57:14.754000Z'],
  ['the last hour of daylight time',     SYDNEY,             '2014-04-06T01:59:59.999', '2014-04-05T14:59:59.999000Z'],
  ['the hour that happens twice: first', SYDNEY,             '2014-04-06T02:30:00',     '2014-04-05T15:30:00.000000Z'],
  ['standard time begins',               SYDNEY,             '2014-04-06T03:00:00',     '2014-04-05T17:00:00.000000Z'],
  ['Monday after, standard time',        SYDNEY,             '2014-04-07T10:00:00',     '2014-04-07T00:00:00.000000Z'],
  ['Friday before, daylight time',       SYDNEY,             '2014-04-04T10:00:00',     '2014-04-03T23:00:00.000000Z'],
  ['before the hour that is skipped',    SYDNEY,             '2014-10-05T01:59:59',     '2014-10-04T15:59:59.000000Z'],
  ['the hour that is skipped',           SYDNEY,             '2014-10-05T02:30:00',     undefined],
  ['after the hour that is skipped',     SYDNEY,             '2014-10-05T03:00:00',     '2014-10-04T16:00:00.000000Z'],
  ['UTC is itself',                      'UTC',              '2014-10-05T02:30:00',     '2014-10-05T02:30:00.000000Z'],
  ['half an hour of change',             'Australia/Lord_Howe', '2014-04-06T01:45:00',  '2014-04-05T14:45:00.000000Z'],
  ['before the epoch',                   'Europe/London',    '1950-07-01T12:00:00',     '1950-07-01T11:00:00.000000Z'],
]

for (const [name, zone, local, utc] of rows) {
  test(`${zone} ${local}: ${name}`, () => {
    const found = toUtc(zone, parseInstant(`${local}Z`)!)
    assert.equal(found === undefined ? undefined : formatInstant(found), utc)
  })
}

// biome-ignore format: a table reads by its columns
const days: [day: string, hours: number][] = [['2014-03-10', 24], ['2014-04-06', 25], ['2014-10-05', 23]]

for (const [day, hours] of days) {
  test(`${day} has ${hours} hours in Sydney, all of them its own`, () => {
    const number = parseInstant(day)! / 86_400_000_000
    const { from, to } = dayBounds(SYDNEY, number)
    assert.equal((to - from) / 3_600_000_000, hours)
    assert.deepEqual(
      [from - 1, from, to - 1, to].map((at) => localDay(SYDNEY, at) - number),
      [-1, 0, 0, 1],
    )
  })
}

test('stretches of 2014 in Sydney change at both changes of the clock', () => {
  const found = stretches(SYDNEY, parseInstant('2014-01-01')!, parseInstant('2015-01-01')!)
  assert.deepEqual(
    found.map(({ from, offset }) => [formatInstant(from).slice(0, 16), offset / 3_600_000_000]),
    [
      ['2014-01-01T00:00', 11],
      ['2014-04-05T16:00', 10],
      ['2014-10-04T16:00', 11],
    ],
  )
})
