import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerTo, type Held } from './control.ts'
import { BINANCE } from './venues.ts'

const RAW: Held = { streams: new Set(['btcusdt@trade']), isCombined: false }
const ONE_OF = 'expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`'
const NO_ID = '{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"}'
const NO_NAME = '{"code":2,"msg":"Invalid request: property name must be a string"}'
const TOO_MANY = '{"code":2,"msg":"Invalid request: too many parameters"}'

// Source: Binance spot "web-socket-streams.md", "Live Subscribing/Unsubscribing to streams" and "Error Messages".
// biome-ignore format: a table reads by its columns
const rows: [name: string, request: string, answer: string, streams?: string, isCombined?: boolean][] = [
  ['subscribe',               '{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth"],"id":1}', '{"result":null,"id":1}', 'btcusdt@trade btcusdt@aggTrade btcusdt@depth'],
  ['subscribe twice',         '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}',      '{"result":null,"id":1}', 'btcusdt@trade'],
  ['unsubscribe',             '{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":312}',  '{"result":null,"id":312}', ''],
  ['unsubscribe from others', '{"method":"UNSUBSCRIBE","params":["x@trade"],"id":312}',        '{"result":null,"id":312}', 'btcusdt@trade'],
  ['list',                    '{"method":"LIST_SUBSCRIPTIONS","id":3}',                        '{"result":["btcusdt@trade"],"id":3}'],
  ['set combined',            '{"method":"SET_PROPERTY","params":["combined",true],"id":5}',   '{"result":null,"id":5}', 'btcusdt@trade', true],
  ['get combined',            '{"method":"GET_PROPERTY","params":["combined"],"id":2}',        '{"result":false,"id":2}'],
  ['an id of text',           '{"method":"LIST_SUBSCRIPTIONS","id":"aB-9"}',                   '{"result":["btcusdt@trade"],"id":"aB-9"}'],
  ['an id of 36 characters',  `{"method":"LIST_SUBSCRIPTIONS","id":"${'a'.repeat(36)}"}`,      `{"result":["btcusdt@trade"],"id":"${'a'.repeat(36)}"}`],
  ['an id of 37 characters',  `{"method":"LIST_SUBSCRIPTIONS","id":"${'a'.repeat(37)}"}`,      NO_ID],
  ['an id of null',           '{"method":"LIST_SUBSCRIPTIONS","id":null}',                     '{"result":["btcusdt@trade"],"id":null}'],
  ['the largest id',          '{"method":"LIST_SUBSCRIPTIONS","id":9223372036854775807}',      '{"result":["btcusdt@trade"],"id":9223372036854775807}'],
  ['beyond the largest id',   '{"method":"LIST_SUBSCRIPTIONS","id":9223372036854775808}',      NO_ID],
  ['the smallest id',         '{"method":"LIST_SUBSCRIPTIONS","id":-9223372036854775808}',     '{"result":["btcusdt@trade"],"id":-9223372036854775808}'],
  ['below the smallest id',   '{"method":"LIST_SUBSCRIPTIONS","id":-9223372036854775809}',     NO_ID],
  ['an id with a fraction',   '{"method":"LIST_SUBSCRIPTIONS","id":1.5}',                      NO_ID],
  ['an id that is a list',    '{"method":"LIST_SUBSCRIPTIONS","id":[1]}',                      NO_ID],
  ['no id',                   '{"method":"LIST_SUBSCRIPTIONS"}',                               NO_ID],
  ['unknown property set',    '{"method":"SET_PROPERTY","params":["speed",true],"id":7}',      '{"code":0,"msg":"Unknown property","id":7}'],
  ['unknown property got',    '{"method":"GET_PROPERTY","params":["speed"],"id":"x"}',         '{"code":0,"msg":"Unknown property","id":"x"}'],
  ['a value of text',         '{"method":"SET_PROPERTY","params":["combined","true"],"id":1}', '{"code":1,"msg":"Invalid value type: expected Boolean"}'],
  ['no value',                '{"method":"SET_PROPERTY","params":["combined"],"id":1}',        '{"code":1,"msg":"Invalid value type: expected Boolean"}'],
  ['a name that is a number', '{"method":"SET_PROPERTY","params":[1,true],"id":1}',            NO_NAME],
  ['no name to set',          '{"method":"SET_PROPERTY","params":[],"id":1}',                  NO_NAME],
  ['no name to get',          '{"method":"GET_PROPERTY","id":1}',                              NO_NAME],
  ['too much to set',         '{"method":"SET_PROPERTY","params":["combined",true,1],"id":1}', TOO_MANY],
  ['too much to get',         '{"method":"GET_PROPERTY","params":["combined",true],"id":1}',   TOO_MANY],
  ['too much to list',        '{"method":"LIST_SUBSCRIPTIONS","params":["a"],"id":1}',         TOO_MANY],
  ['an unknown method',       '{"method":"SUBSCRIBED","params":[],"id":1}',                    `{"code":2,"msg":"Invalid request: unknown variant \`SUBSCRIBED\`, ${ONE_OF} at line 1 column 22"}`],
  ['a name of Object',        '{"method":"toString","id":1}',                                  `{"code":2,"msg":"Invalid request: unknown variant \`toString\`, ${ONE_OF} at line 1 column 20"}`],
  ['no method',               '{"params":["btcusdt@trade"],"id":1}',                           '{"code":2,"msg":"Invalid request: missing field `method` at line 1 column 35"}'],
  ['a list',                  '[]',                                                            '{"code":2,"msg":"Invalid request: missing field `method` at line 1 column 2"}'],
  ['not JSON',                'hello',                                                         '{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}'],
  ['JSON cut short',          '{"method":',                                                    '{"code":3,"msg":"Invalid JSON: expected value at line 1 column 10"}'],
  ['bad JSON, second line',   '{"id":1,\n"method":x}',                                         '{"code":3,"msg":"Invalid JSON: expected value at line 2 column 10"}'],
]

for (const [name, request, answer, streams = 'btcusdt@trade', isCombined = false] of rows) {
  test(`a request: ${name}`, () => {
    const answered = answerTo(request, RAW, BINANCE.rules)
    assert.equal(answered.answer, answer)
    assert.equal([...answered.held.streams].join(' '), streams)
    assert.equal(answered.held.isCombined, isCombined)
  })
}

test('a connection may hold 1,024 streams, and no more', () => {
  const streams = (count: number) => Array.from({ length: count }, (_, each) => `s${each}@trade`)
  const ask = (held: Held, more: string[]) =>
    answerTo(JSON.stringify({ method: 'SUBSCRIBE', params: more, id: 1 }), held, BINANCE.rules)
  const full = ask(RAW, streams(1_023))
  assert.equal(full.answer, '{"result":null,"id":1}')
  assert.equal(full.held.streams.size, 1_024)
  const beyond = ask(full.held, ['one@trade'])
  assert.match(beyond.answer, /"code":2/)
  assert.equal(beyond.held, full.held)
  assert.equal(ask(full.held, ['s7@trade']).answer, '{"result":null,"id":1}')
})
