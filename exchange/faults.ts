/**
 * Faults that can be ordered, what they take, and what they do.
 *
 *   units   ms of the exchange's clock
 *   errors  INVALID_ARGUMENT, with what is wrong
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { FORMS, type Form } from './garbage.ts'

interface Scope {
  /** binance or binanceus; both where it is not said. */
  readonly venue?: string
  /** One door, such as stream.binance.com:9443. */
  readonly host?: string
}

// biome-ignore format: a table reads by its columns
export type Fault = Scope & (
  | { readonly kind: 'gap'; readonly symbol: string; readonly count?: number; readonly isLost?: boolean }
  | { readonly kind: 'repeat' | 'reorder'; readonly symbol: string; readonly count?: number }
  | { readonly kind: 'silence'; readonly symbol?: string; readonly ms?: number }
  | { readonly kind: 'half-open' | 'cut' }
  | { readonly kind: 'close'; readonly code?: number; readonly reason?: string }
  | { readonly kind: 'shutdown'; readonly ms?: number }
  | { readonly kind: 'slow'; readonly bytesPerSecond?: number; readonly ms?: number }
  | { readonly kind: 'garbage'; readonly form?: Form; readonly count?: number }
  | { readonly kind: 'huge'; readonly bytes?: number }
  | { readonly kind: 'status'; readonly status?: number; readonly count?: number; readonly ms?: number }
  | { readonly kind: 'hang'; readonly count?: number; readonly ms?: number }
  | { readonly kind: 'refuse'; readonly ms?: number }
)

export type FaultOf<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>

type Field =
  | readonly ['integer', min: number, max: number]
  | readonly ['text']
  | readonly ['boolean']
  | readonly ['one of', readonly string[]]

const COUNT: Field = ['integer', 1, 1_000_000]
const MS: Field = ['integer', 1, 7 * 24 * 3_600_000]
const TEXT: Field = ['text']

// biome-ignore format: a table reads by its columns
export const FAULTS: Readonly<Record<Fault['kind'], { readonly does: string; readonly needs?: readonly string[]; readonly takes: Readonly<Record<string, Field>> }>> = {
  gap:         { needs: ['symbol'], takes: { symbol: TEXT, count: COUNT, isLost: ['boolean'] },
                 does: 'the next count (1) trades are made and not sent; REST has them, unless isLost' },
  repeat:      { needs: ['symbol'], takes: { symbol: TEXT, count: COUNT },
                 does: 'the next count (1) trades are sent twice' },
  reorder:     { needs: ['symbol'], takes: { symbol: TEXT, count: COUNT },
                 does: 'the next count (2) trades are sent together, the last one first' },
  silence:     { takes: { symbol: TEXT, ms: MS },
                 does: 'nothing of the symbol, or of any, is sent for ms (60 s); it is made' },
  'half-open': { takes: {},
                 does: 'who is connected hears nothing more and is not told; what he says is not read' },
  cut:         { takes: {},
                 does: 'who is connected gets a reset' },
  close:       { takes: { code: ['integer', 1000, 4999], reason: TEXT },
                 does: 'who is connected is closed with a code (1001) and a reason' },
  shutdown:    { takes: { ms: MS },
                 does: 'serverShutdown is told, and after ms (10 min) who is still connected is closed' },
  slow:        { takes: { bytesPerSecond: ['integer', 1, 1_000_000_000], ms: MS },
                 does: 'who is connected gets bytesPerSecond (1,000), cut anywhere, for ms (10 s)' },
  garbage:     { takes: { form: ['one of', FORMS], count: COUNT },
                 does: `count (1) frames that no client expects: ${FORMS.join(', ')}` },
  huge:        { takes: { bytes: ['integer', 1, 1_000_000_000] },
                 does: 'one message of so many bytes (16 MiB), with a field that nobody knows' },
  status:      { takes: { status: ['integer', 400, 599], count: COUNT, ms: MS },
                 does: 'REST answers with status (503), count times or for ms (10 s)' },
  hang:        { takes: { count: COUNT, ms: MS },
                 does: 'REST takes requests and never answers them, count of them or for ms (10 s)' },
  refuse:      { takes: { ms: MS },
                 does: 'nothing listens for ms (10 s); who is connected stays' },
}

/** From JSON of another process. */
export function faultFrom(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) throw wrong('A fault is an object with a kind')
  const { kind, ...fields } = value as Record<string, unknown>
  if (typeof kind !== 'string' || !Object.hasOwn(FAULTS, kind)) {
    throw wrong(`kind is one of ${Object.keys(FAULTS).join(', ')}`)
  }
  const { needs = [], takes } = FAULTS[kind as Fault['kind']]
  for (const name of needs) if (fields[name] === undefined) throw wrong(`${kind} needs ${name}`)
  for (const [name, given] of Object.entries(fields)) {
    const field: Field | undefined = name === 'venue' || name === 'host' ? TEXT : takes[name]
    if (field === undefined)
      throw wrong(`${kind} takes ${['venue', 'host', ...Object.keys(takes)].join(', ')}, not ${name}`)
    const sentence = faultOf(field, given)
    if (sentence) throw wrong(`${name} of ${kind} must be ${sentence}`)
  }
  return value as Fault
}

function faultOf(field: Field, given: unknown): string | undefined {
  switch (field[0]) {
    case 'integer': {
      const isRight = Number.isInteger(given) && (given as number) >= field[1] && (given as number) <= field[2]
      return isRight ? undefined : `a whole number of ${field[1]} to ${field[2]}`
    }
    case 'one of':
      return field[1].includes(given as string) ? undefined : `one of ${field[1].join(', ')}`
    case 'text':
      return typeof given === 'string' ? undefined : 'text'
    case 'boolean':
      return typeof given === 'boolean' ? undefined : 'true or false'
  }
}

const wrong = (fault: string): K2Error => new K2Error('INVALID_ARGUMENT', `${fault}.`)
