/**
 * A gRPC method that answers with a stream -> a command, as question.ts does it for one answer. A stream that breaks off
 * goes on with the cursor of the last message, so that what is written has each record once.
 */
import { goingOn } from '@k2/client/going-on.ts'
import { columnsOf, type Message, rowOf } from '@k2/client/message.ts'
import { type Proof, proofLine } from '@k2/client/proof.ts'
import { PROTO_FOLDER } from '@k2/client/protos.ts'
import type { RpcClient } from '@k2/service/rpc-client.ts'
import { describeService, type MethodDoc } from '@k2/service/rpc-describe.ts'
import { type Given, UsageError } from './arguments.ts'
import type { Command, Shell } from './command.ts'
import { chosen, flagOf, requestOf } from './question.ts'
import { type Renderer, renderer } from './render.ts'

export interface StreamCommand extends Pick<Command, 'name' | 'positionals' | 'examples'> {
  readonly method: string
}

/** On a terminal, unless --fields says more. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  trades: ['timestamp', 'symbol', 'exchange', 'price', 'quantity', 'side', 'trade_conditions'],
  quotes: ['timestamp', 'symbol', 'exchange', 'bid_quantity', 'bid_price', 'ask_price', 'ask_quantity'],
}

export function streamCommands(proto: string, service: string, streams: readonly StreamCommand[]): Command[] {
  const methods = describeService([proto], PROTO_FOLDER, service)
  return streams.map((stream) => {
    const described = methods.get(stream.method)!
    // For programs: a terminal has no use for it.
    const method = { ...described, request: described.request.filter(({ name }) => name !== 'arrow') }
    return {
      ...stream,
      doc: method.doc,
      flags: method.request.map(flagOf),
      run: (given, shell) => run(method, given, shell, shell.client(proto, service)),
    }
  })
}

type Reply = Message & { readonly cursor: string; readonly meta?: Proof | null; readonly reasons?: readonly string[] }

async function run(method: MethodDoc, given: Given, shell: Shell, client: RpcClient<unknown>): Promise<void> {
  const { signal, tell } = shell
  const isEndless = !method.reply.some(({ name }) => name === 'meta')
  if (isEndless && shell.format === 'json')
    throw new UsageError('--format json has an end, and this has none: take ndjson, a line of JSON for each record.')
  const take = taker(method, given, shell)
  const stream = client.stream as (name: string, request: Message, options: object) => AsyncIterable<Reply>
  const open = (cursor: string) => stream(method.name, { ...requestOf(method, given), cursor }, { signal })
  const from = String(given.cursor ?? '')
  let at = from
  try {
    const told = ({ message }: Error) => tell(`${message} Trying again.`)
    for await (const reply of goingOn(open, from, { signal, told })) {
      await take(reply)
      if (reply.cursor !== '') at = reply.cursor
    }
  } catch (error) {
    if (at !== from) tell(`To go on from here: --cursor ${at}`)
    throw error
  }
}

/** Writes rows as they come, and at the end the proof. */
function taker(method: MethodDoc, given: Given, { format, write, tell }: Shell): (reply: Reply) => Promise<void> {
  const table = given.table === 'quotes' ? 'quotes' : 'trades'
  const rows = method.reply.find(({ name }) => name === table)!
  const wanted = (given.fields as readonly string[] | undefined) ?? (format === 'table' ? SHOWN[table] : undefined)
  const columns = chosen(columnsOf(rows.fields()), wanted)
  const names = columns.map(({ name }) => name)
  const render: Renderer = renderer(format, names, false)
  /** A ledger that is a little behind a live feed comes up with it again and again. */
  const said = new Set([''])
  return async (reply) => {
    const messages = reply[table] as readonly Message[]
    if (messages.length > 0) await write(render.page(messages.map((message) => rowOf(columns, message))))
    const reasons = (reply.reasons ?? []).join(', ')
    if (!said.has(reasons)) tell(`What comes may not be complete: ${reasons}`)
    said.add(reasons)
    if (!reply.meta) return
    await write(render.end(reply.meta))
    if (format !== 'table' && format !== 'json' && !reply.meta.complete) tell(proofLine(reply.meta))
  }
}
