/**
 * A gRPC method that answers with a stream -> a command, as question.ts does it for one answer. A stream that breaks off
 * goes on with the cursor of the last message, so that what is written has each record once.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { realClock } from '@k2/service/clock.ts'
import type { RpcClient } from '@k2/service/rpc-client.ts'
import { describeService, type MethodDoc } from '@k2/service/rpc-describe.ts'
import { type Given, UsageError } from './arguments.ts'
import type { Command, Shell } from './command.ts'
import { columnsOf, type Message, rowOf } from './message.ts'
import { type Proof, proofLine } from './proof.ts'
import { PROTO_FOLDER } from './protos.ts'
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
/** Without a message between them. */
const TRIES_MAX = 10
const PAUSE_MS = 1_000

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

interface Going {
  cursor: string
  /** In a row, without a message. */
  failures: number
}

async function run(method: MethodDoc, given: Given, shell: Shell, client: RpcClient<unknown>): Promise<void> {
  const { signal, tell } = shell
  const isEndless = !method.reply.some(({ name }) => name === 'meta')
  if (isEndless && shell.format === 'json')
    throw new UsageError('--format json has an end, and this has none: take ndjson, a line of JSON for each record.')
  const take = taker(method, given, shell)
  const going: Going = { cursor: String(given.cursor ?? ''), failures: 0 }
  try {
    for (;;) {
      try {
        return await once(method, given, going, client, signal, take)
      } catch (error) {
        if (signal.aborted || !mayGoOn(error, going)) throw error
        tell(`${(error as K2Error).message} Trying again.`)
        await realClock.sleep(PAUSE_MS, signal)
      }
    }
  } catch (error) {
    if (going.cursor !== String(given.cursor ?? '')) tell(`To go on from here: --cursor ${going.cursor}`)
    throw error
  }
}

/** What never began is told at once: a wrong address is no lost connection. */
const mayGoOn = (error: unknown, going: Going): boolean =>
  error instanceof K2Error && error.retry === 'later' && going.cursor !== '' && ++going.failures <= TRIES_MAX

async function once(
  method: MethodDoc,
  given: Given,
  going: Going,
  client: RpcClient<unknown>,
  signal: AbortSignal,
  take: (reply: Reply) => Promise<void>,
): Promise<void> {
  const stream = client.stream as (name: string, request: Message, options: object) => AsyncIterable<Reply>
  const request = { ...requestOf(method, given), cursor: going.cursor }
  for await (const reply of stream(method.name, request, { signal })) {
    await take(reply)
    going.failures = 0
    if (reply.cursor !== '') going.cursor = reply.cursor
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
