/** `npm run bench -- all`: one after the other, each in a process of its own. Those with servers only where these are there. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { isKafkaThere } from './bench-kafka-world.ts'

const ALONE = ['load', 'sink', 'sequence', 'loader', 'gateway', 'query', 'lake', 'shedding', 'layout', 'log']
const WITH_SERVERS = ['commits', 'produce', 'sink-kafka']

export async function allBenches(main: string): Promise<object> {
  const leftOut = isKafkaThere() ? [] : WITH_SERVERS
  if (leftOut.length > 0) {
    const fetching = 'e2e/worlds/real/{s3,postgres,catalog,kafka,registry,connect}.sh fetch'
    process.stderr.write(`left out: ${leftOut.join(', ')}; their servers come by ${fetching}\n`)
  }
  const figures: Record<string, unknown> = {}
  for (const name of [...ALONE, ...WITH_SERVERS].filter((each) => !leftOut.includes(each))) {
    process.stderr.write(`${name}\n`)
    figures[name] = await figuresOf(main, name)
  }
  return { bench: 'all', left_out: leftOut, ...figures }
}

async function figuresOf(main: string, name: string): Promise<unknown> {
  const child = spawn(process.execPath, [main, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunks, [code]] = await Promise.all([child.stdout.toArray(), once(child, 'exit')])
  const out = Buffer.concat(chunks).toString().trim()
  process.stdout.write(`${out}\n`)
  if (code !== 0) throw new Error(`the bench ${name} ended with ${code}`)
  return JSON.parse(out.split('\n').at(-1)!)
}
