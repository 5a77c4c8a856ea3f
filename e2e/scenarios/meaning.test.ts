/**
 * One meaning: questions that are drawn from the definitions alone, good and bad, at both doors. Rows, proof and refusal
 * are the same; the command line has the same words.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GROUPS } from '@k2/cli/commands.ts'
import { K2Error } from '@k2/contracts/codes.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { formatDay, formatInstant } from '@k2/market/instant.ts'
import { fieldName } from '@k2/query-service/core/body.ts'
import { DEFINITIONS, type Definition, inPath, methodsOf } from '@k2/query-service/core/definitions.ts'
import type { Param } from '@k2/query-service/core/params.ts'
import { askingOpen } from '../worlds/asking.ts'
import { bothDoors, landed, type Question } from '../worlds/doors.ts'
import { referenceOf } from '../worlds/market.ts'
import { below, FROM_MICROS, type Market, oneOf, put } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? 16)
const QUESTIONS = 225

type Random = () => number
let world: Awaited<ReturnType<typeof askingOpen>>
let snapshots: string[]

before(async () => {
  // Bars that are made of files between two doors' answers would be told in the plan of one.
  world = await askingOpen(undefined, undefined, { barsMb: 0 })
  const random = seeded(SEED)
  const market: Market = { trades: [], quotes: [] }
  await put(world, market, 60, random)
  await world.append('reference', [referenceOf('KTA', '9001', 'OLD NAME'), referenceOf('KTB', '9002', 'TWIN')])
  // One that no table can take: answers say so.
  await world.log.append('market.equities.trades.asx', [{ key: 'KTA', value: Buffer.from('no record') }])
  await landed(world)
  await put(world, market, 30, random)
  // Figures of the tail do not wait for it, as questions do.
  for (const path of ['trades', 'quotes']) await fetch(`${world.url}/v1/${path}`)
  const { data } = (await (await fetch(`${world.url}/v1/snapshots`)).json()) as { data: { snapshot_id: string }[] }
  snapshots = data.map(({ snapshot_id: id }) => id)
})

after(() => world.end())

const moment = (random: Random): number => FROM_MICROS + below(random, 80) * 3_600_000_000

/** As REST has it; a list as one text. Now and then it is a bad one, where a message has room for that. */
function textOf(name: string, param: Param, random: Random): string {
  const isBad = random() < 0.03
  if (isBad && !ENUMS.includes(name) && param.kind !== 'integer' && param.kind !== 'flag')
    return oneOf(random, ['nothing', '-1', 'KTA;', '2014-13-01', '9'.repeat(20)])
  switch (param.kind) {
    case 'text':
      return name === 'exchange' ? oneOf(random, ['ASX', 'BINANCE', 'NONE']) : oneOf(random, ['KTA', 'KTB'])
    case 'list':
      if (name === 'company_id') return '9001'
      if (name === 'exchange') return oneOf(random, ['ASX', 'ASX,BINANCE'])
      return name === 'symbol' ? oneOf(random, ['KTA', 'KTB,KTA', 'NONE']) : oneOf(random, ['XT', '0,1'])
    case 'instant':
      return formatInstant(moment(random))
    case 'integer':
      return String(isBad ? param.max + 1 : Math.max(1, Math.min(param.max, param.min + below(random, 40))))
    case 'choice':
      return oneOf(random, param.choices)
    case 'choices':
      return param.choices
        .toSorted(() => random() - 0.5)
        .slice(0, 1 + below(random, 4))
        .join()
    case 'as-of':
      return oneOf(random, [...snapshots, '17', new Date().toISOString()])
    case 'flag':
      return 'true'
    case 'cursor':
      return 'nothing'
    case 'day':
      return formatDay(Math.floor(moment(random) / 86_400_000_000))
    case 'decimal':
      return oneOf(random, ['0.05', '36.4', '1', '37'])
    case 'duration':
      return oneOf(random, ['30s', '5m', '4h', '1d'])
    case 'ranges':
      return `${formatInstant(moment(random))}/${formatInstant(FROM_MICROS + 90 * 3_600_000_000)}`
  }
}

/** How often it is asked for: a question of all parameters at once would be refused always. */
const SHARES: Readonly<Record<string, number>> = {
  cursor: 0.02,
  as_of: 0.1,
  source: 0.2,
  format: 0,
  range: 0.1,
  window_minutes: 0.05,
  tick: 0.1,
  levels: 0.1,
}

function drawn({ params, path: pattern, rpc, ...definition }: Definition, random: Random): Question {
  const isPost = methodsOf(definition).includes('POST')
  const asked: Record<string, string | readonly string[] | number> = {}
  const request: Record<string, unknown> = {}
  let path = pattern
  for (const [name, param] of Object.entries(params)) {
    if (random() >= (param.required ? 0.97 : (SHARES[name] ?? 0.25))) continue
    const text = textOf(name, param, random)
    const field = fieldName(name, param)
    const isList = ['list', 'choices', 'ranges'].includes(param.kind)
    const value = isList ? text.split(',') : param.kind === 'integer' ? Number(text) : text
    request[camel(field)] = ENUMS.includes(name) ? `${name}_${text}`.toUpperCase() : text === 'true' ? true : value
    if (inPath(pattern).includes(name)) path = path.replace(`:${name}`, text)
    else if (isPost) asked[field] = value
    else asked[name] = text
  }
  return { path, rpc: rpc as Question['rpc'], asked, request, ...(isPost && { post: true }) }
}

const ENUMS = ['order', 'source', 'calendar']
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

test(`questions of seed ${SEED} mean the same at both doors`, { timeout: 300_000 }, async (t) => {
  const random = seeded(SEED)
  const seen = { rows: 0, answered: 0, refused: 0, explained: 0 }
  for (let i = 0; i < QUESTIONS; i++) {
    const question = drawn(DEFINITIONS[i % DEFINITIONS.length]!, random)
    // A path that lacks its parameter is another one.
    if (question.path.includes(':')) continue
    const told = `${i}: ${question.path} ${JSON.stringify(question.asked)}`
    const refusal = await refusalOf(question)
    if (refusal === undefined) {
      const { data, meta } = await bothDoors(world, question)
      seen.answered++
      seen.rows += [data].flat().length
      if ('plan' in meta) seen.explained++
      continue
    }
    seen.refused++
    const thrown = await world.rpc.call(question.rpc, question.request as never).then(
      () => assert.fail(`gRPC answers ${told}`),
      (error: unknown) => error,
    )
    assert.ok(thrown instanceof K2Error, told)
    assert.deepEqual([thrown.code, thrown.message], [refusal.code, refusal.detail], told)
  }
  t.diagnostic(JSON.stringify(seen))
  assert.ok(seen.answered > 100 && seen.rows > 1_000 && seen.refused > 10 && seen.explained > 10)
})

interface Problem {
  readonly code: string
  readonly detail: string
}

async function refusalOf({ path, asked, post }: Question): Promise<Problem | undefined> {
  const answer = post
    ? await fetch(`${world.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asked),
      })
    : await fetch(`${world.url}${path}?${new URLSearchParams(asked as Record<string, string>)}`)
  const body = (await answer.json()) as Problem
  return answer.status === 200 ? undefined : body
}

test('the command line has a word for each question, and a flag for each parameter', () => {
  const commands = GROUPS.flatMap((group) => group.commands()) as unknown as {
    readonly method?: string
    readonly flags: readonly { readonly name: string; readonly doc: string }[]
  }[]
  for (const { rpc, params } of DEFINITIONS) {
    const command = commands.find(({ method }) => method === rpc)
    assert.ok(command, rpc)
    const names = Object.entries(params).flatMap(([name, param]) => {
      if (name === 'format') return []
      return [name === 'symbol' ? name : fieldName(name, param).replaceAll('_', '-')]
    })
    const flags = command.flags.map(({ name }) => name).filter((name) => name !== 'all')
    assert.deepEqual(flags.toSorted(), names.toSorted(), rpc)
    const { limit } = params
    if (limit?.kind !== 'integer') continue
    // What the proto says of it is what REST does.
    const said = command.flags.find(({ name }) => name === 'limit')!.doc
    const [max, fallback] = [limit.max, limit.default!].map((value) => value.toLocaleString('en'))
    assert.match(said, new RegExp(`\\b1 to ${max}\\b.* ${fallback} when absent`), rpc)
  }
})
