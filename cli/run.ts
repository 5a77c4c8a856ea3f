/**
 * From arguments to an exit code: 0 done, 1 the answer is an error, 2 asked wrongly, 3 K2 cannot be reached, 130 a
 * signal cut it short. A bug throws, and main prints it whole. A reader that has gone (`| head`) is no error.
 */
import { randomUUID } from 'node:crypto'
import { PROTO_FOLDER } from '@k2/client/protos.ts'
import { K2Error } from '@k2/contracts/codes.ts'
import { callerOf } from '@k2/service/access/caller.ts'
import { withCorrelation } from '@k2/service/correlation.ts'
import { EXIT } from '@k2/service/main.ts'
import { createRpcClient, type RpcClient } from '@k2/service/rpc-client.ts'
import { loadProtos, serviceIn } from '@k2/service/rpc-protos.ts'
import { isUnreachable } from '@k2/service/rpc-status.ts'
import { readSettings } from '@k2/service/settings.ts'
import { nearest } from '@k2/service/spelling.ts'
import { readArguments, UsageError } from './arguments.ts'
import { type Command, type Group, INTERRUPTED, type Shell } from './command.ts'
import { COMMON_FLAGS } from './flags.ts'
import { helpOf, helpOfAll } from './help.ts'
import { WriteError, writerTo } from './output.ts'
import type { Format } from './render.ts'
import { cliSettings } from './settings.ts'

const UNREACHABLE = 3

export async function run(args: readonly string[], groups: readonly Group[], signal: AbortSignal): Promise<number> {
  const correlation = randomUUID()
  try {
    return await withCorrelation(correlation, () => perform(args, groups, signal))
  } catch (error) {
    if (error instanceof WriteError) {
      if (error.isReaderGone) return EXIT.OK
      tell(error.message)
      return EXIT.FAILED
    }
    if (signal.aborted && error === signal.reason) return INTERRUPTED
    if (!(error instanceof K2Error)) throw error
    if (error instanceof UsageError || error.code === 'SETTINGS_INVALID') {
      tell(error.message)
      return EXIT.USAGE
    }
    tell(`${error.message} (${error.code})`)
    if (error.code === 'INTERNAL') tell(`correlation id ${correlation}`)
    return EXIT.FAILED
  }
}

const tell = (line: string): void => void process.stderr.write(`${line}\n`)

async function perform(args: readonly string[], groups: readonly Group[], signal: AbortSignal): Promise<number> {
  const write = writerTo(process.stdout)
  const isHelp = args[0] === 'help' || args.includes('--help') || args.includes('-h')
  const words = args[0] === 'help' ? args.slice(1) : args
  if (words.length === 0 || words[0]!.startsWith('-')) {
    if (args.length === 0) throw new UsageError(helpOfAll(groups))
    if (!isHelp) throw new UsageError('A command comes first: k2 --help lists them.')
    await write(helpOfAll(groups))
    return EXIT.OK
  }
  const commands = groups.flatMap((group) => group.commands())
  const { command, rest } = commandOf(words, commands)
  if (!isHelp) return await execute(command, rest, { groups, signal, write, tell })
  await write(helpOf(command))
  return EXIT.OK
}

type Outside = Pick<Shell, 'groups' | 'signal' | 'write' | 'tell'>

async function execute(command: Command, args: readonly string[], outside: Outside): Promise<number> {
  const given = readArguments(args, [...command.flags, ...COMMON_FLAGS], command.positionals)
  const settings = readSettings(cliSettings, {
    address: given.address as string | undefined,
    timeoutMs: given.timeout as string | undefined,
    apiKey: given['api-key'] as string | undefined,
    tlsCaFile: given['tls-ca'] as string | undefined,
  })
  const { address, timeoutMs: deadlineMs } = settings
  const caller = callerOf(settings)
  const clients: RpcClient<unknown>[] = []
  const client: Shell['client'] = (proto, service) => {
    const definition = serviceIn(loadProtos([proto], [PROTO_FOLDER]), service)
    const made = createRpcClient<never>(definition, { address, deadlineMs, ...caller(address) })
    clients.push(made)
    return made
  }
  const wanted = given.json === true ? 'json' : (given.format as Format | undefined)
  const format = wanted ?? (process.stdout.isTTY ? 'table' : 'ndjson')
  try {
    return (await command.run(given, { ...outside, format, client })) ?? EXIT.OK
  } catch (error) {
    if (outside.signal.aborted || !(error instanceof K2Error) || !isUnreachable(error)) throw error
    tell(unreachable(address, error.message))
    return UNREACHABLE
  } finally {
    for (const made of clients) made.close()
  }
}

function unreachable(address: string, reason: string): string {
  const why = reason.replace(/\.? *Resolution note: *$/, '')
  return `No K2 can be reached at ${address} (${why}).
npm start starts one; --address or ${cliSettings.address.env} says where it is.`
}

/** A command is one word, or two. */
function commandOf(
  words: readonly string[],
  commands: readonly Command[],
): { command: Command; rest: readonly string[] } {
  for (const length of [2, 1]) {
    const command = commands.find(({ name }) => name === words.slice(0, length).join(' '))
    if (command !== undefined) return { command, rest: words.slice(length) }
  }
  const family = commands.filter(({ name }) => name.startsWith(`${words[0]} `)).map(({ name }) => name)
  if (family.length > 0) throw new UsageError(`A word is missing: k2 ${family.join(', k2 ')}.`)
  const meant = nearest(
    words[0]!,
    commands.map(({ name }) => name),
  )
  throw new UsageError(
    `"${words[0]}" is not a command${meant ? `: did you mean ${meant}?` : '.'} k2 --help lists them.`,
  )
}
