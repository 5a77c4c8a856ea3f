/**
 * A gRPC method that answers a question -> a command. Its flags, their values and what is said of them are those of the
 * request in the proto; what is written here is only how a terminal shows the answer.
 */

import { type Column, columnsOf, type Message, rowOf } from '@k2/client/message.ts'
import { type Proof, proofLine, together } from '@k2/client/proof.ts'
import { PROTO_FOLDER } from '@k2/client/protos.ts'
import type { Meta__Output as Meta } from '@k2/contracts/gen/k2/v1/Meta.ts'
import type { RpcClient } from '@k2/service/rpc-client.ts'
import { describeService, type FieldDoc, type MethodDoc } from '@k2/service/rpc-describe.ts'
import type { Flag, Given } from './arguments.ts'
import type { Command, Shell } from './command.ts'
import { type Renderer, renderer } from './render.ts'

/** Of a page of `--all`: large enough that pages cost little, small enough that rows come at once. */
const PAGE_ROWS = 5_000

export interface Question {
  readonly name: string
  readonly method: string
  readonly positionals: readonly string[]
  /** On a terminal a row shows only these, unless --fields says more; all where they are left out. */
  readonly shown?: readonly string[]
  /** Its rows have only what the request asks for: columns that no row of the first page has are left out. */
  readonly isSparse?: true
  readonly examples: readonly string[]
}

export function questionCommands(proto: string, service: string, questions: readonly Question[]): Command[] {
  const methods = describeService([proto], PROTO_FOLDER, service)
  return questions.map((question) => {
    const method = methods.get(question.method)
    if (method === undefined) throw new Error(`${service} has no method ${question.method}`)
    const isPaged = method.request.some(({ name }) => name === 'cursor')
    return {
      ...question,
      doc: method.doc,
      flags: [...method.request.map(flagOf), ...(isPaged ? [ALL] : [])],
      run: (given, shell) => ask(question, method, given, shell, shell.client(proto, service)),
    }
  })
}

const ALL: Flag = {
  name: 'all',
  kind: 'switch',
  doc: 'Every page to the end, as they come; --limit is the size of a page then.',
}

/** `symbols` is given as --symbol, as REST has it: one, or several with commas. */
const flagName = ({ name }: FieldDoc): string => (name === 'symbols' ? 'symbol' : name.replaceAll('_', '-'))

/** As the Python peer's command line has them. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  symbol: ['s'],
  exchange: ['e'],
  exchanges: ['e'],
  'start-time': ['start'],
  'end-time': ['end'],
  limit: ['n'],
  table: ['t'],
}

export function flagOf(field: FieldDoc): Flag {
  const name = flagName(field)
  const aliases = ALIASES[name]
  const common = { name, isList: field.isList, doc: field.doc, ...(aliases && { aliases }) }
  if (field.choices.length > 0) return { ...common, kind: 'choice', choices: choicesOf(field).map(([word]) => word) }
  if (field.type === 'bool') return { ...common, isList: false, kind: 'switch' }
  if (field.type === 'double') return { ...common, kind: 'number' }
  return field.type === 'int32' ? { ...common, kind: 'count' } : { ...common, kind: 'text' }
}

/** Words for an enum's values: without what they all begin with, and without the one that says nothing. */
function choicesOf({ choices: [none = '', ...choices] }: FieldDoc): [word: string, value: string][] {
  const prefix = none.slice(0, -'UNSPECIFIED'.length)
  return choices.map((value) => [value.slice(prefix.length).toLowerCase(), value])
}

export function requestOf({ request }: MethodDoc, given: Given): Message {
  const fields = request.map((field) => {
    const value = given[flagName(field)]
    const sent = (one: unknown) => choicesOf(field).find(([word]) => word === one)?.[1] ?? one
    return [field.key, Array.isArray(value) ? value.map(sent) : sent(value)]
  })
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

type Reply = Message & { readonly meta: Meta }

/** A name that is not there is the server's to refuse: it says which there are. */
export function chosen(columns: readonly Column[], names: readonly string[] | undefined): readonly Column[] {
  return names?.flatMap((name) => columns.find((column) => column.name === name) ?? []) ?? columns
}

async function ask(
  { shown, isSparse }: Question,
  method: MethodDoc,
  given: Given,
  shell: Shell,
  client: RpcClient<unknown>,
): Promise<void> {
  const { format, write, tell, signal } = shell
  const call = client.call as (name: string, request: Message, options: { signal: AbortSignal }) => Promise<Reply>
  const rows = method.reply.find(({ name }) => name !== 'meta')!
  const wanted = (given.fields as readonly string[] | undefined) ?? (format === 'table' ? shown : undefined)
  let columns = chosen(columnsOf(rows.fields()), wanted)
  let render: Renderer | undefined
  let request = requestOf(method, given.all && given.limit === undefined ? { ...given, limit: PAGE_ROWS } : given)
  let proof: Proof | undefined
  do {
    const reply = await call(method.name, request, { signal })
    const messages = [reply[rows.key]].flat() as Message[]
    proof = together(proof, reply.meta)
    if (render === undefined) {
      if (isSparse && messages.length > 0)
        columns = columns.filter(({ cell }) => messages.some((one) => cell(one) !== null))
      const names = columns.map(({ name }) => name)
      render = renderer(format, names, !rows.isList)
    }
    await write(render.page(messages.map((message) => rowOf(columns, message))))
    request = { ...request, cursor: reply.meta.nextCursor }
  } while (given.all && request.cursor !== '')
  await write(render.end(proof))
  const hasPlaceForProof = format === 'table' || format === 'json'
  if (!hasPlaceForProof && (proof.count === 0 || !proof.complete || proof.hasMore)) tell(proofLine(proof))
}
