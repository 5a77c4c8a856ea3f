/**
 * Every error that K2 names: one code, what a caller may do about it, and its status over HTTP and gRPC.
 * Bad data is a value (a rejected record with its reason); a bug throws a plain Error and stops the process.
 */

/** What a caller may do: try at once, try later, give up, or first find out whether it happened. */
export type Retry = 'now' | 'later' | 'never' | 'unknown-outcome'

interface Fact {
  readonly http: number
  /** The number of a google.rpc.Code. */
  readonly grpc: number
  readonly retry: Retry
  readonly means: string
}

// biome-ignore format: a table reads by its columns
export const CODES = {
  INVALID_ARGUMENT:    { http: 400, grpc: 3,  retry: 'never', means: 'a parameter is missing, unknown or out of its range' },
  INVALID_CURSOR:      { http: 400, grpc: 3,  retry: 'never', means: 'a cursor is damaged, forged, or of another question' },
  CURSOR_EXPIRED:      { http: 410, grpc: 9,  retry: 'never', means: 'the records that a cursor goes on from are not as they were: ask anew' },
  UNAUTHENTICATED:     { http: 401, grpc: 16, retry: 'never', means: 'who asks is not known: no key, token or certificate, or one that is not taken' },
  FORBIDDEN:           { http: 403, grpc: 7,  retry: 'never', means: 'who asks may not' },
  NOT_FOUND:           { http: 404, grpc: 5,  retry: 'never', means: 'there is no such route, table, snapshot or record' },
  METHOD_NOT_ALLOWED:  { http: 405, grpc: 12, retry: 'never', means: 'the route exists and does not take this method' },
  NOT_ACCEPTABLE:      { http: 406, grpc: 3,  retry: 'never', means: 'an answer is not written in any way that the client takes' },
  UNSUPPORTED_MEDIA:   { http: 415, grpc: 3,  retry: 'never', means: 'a request is coded, or of a type, that is not read here' },
  PAYLOAD_TOO_LARGE:   { http: 413, grpc: 8,  retry: 'never', means: 'a request or a message is larger than its limit' },
  QUESTION_TOO_LARGE:  { http: 422, grpc: 8,  retry: 'never', means: 'an answer would read more data files than one may: ask for less at once' },
  OVERLOADED:          { http: 429, grpc: 8,  retry: 'later', means: 'the queue of questions is full' },
  RATE_LIMITED:        { http: 429, grpc: 8,  retry: 'later', means: 'this identity has asked as often as it may in a minute or a day' },
  DEADLINE_EXCEEDED:   { http: 504, grpc: 4,  retry: 'later', means: 'the work did not end within its deadline' },
  NOT_READY:           { http: 503, grpc: 14, retry: 'later', means: 'the service is starting or stopping' },
  LOG_UNAVAILABLE:     { http: 503, grpc: 14, retry: 'later', means: 'the log cannot be reached' },
  LOG_DAMAGED:         { http: 500, grpc: 15, retry: 'never', means: 'stored log bytes fail their checksum, or acknowledged records are missing' },
  LOG_IN_USE:          { http: 500, grpc: 9,  retry: 'never', means: 'another process holds this log' },
  UNKNOWN_TOPIC:       { http: 500, grpc: 5,  retry: 'never', means: 'the log has no such topic or partition' },
  OFFSET_OUT_OF_RANGE: { http: 500, grpc: 11, retry: 'never', means: 'an offset lies outside the log' },
  STALE_MEMBER:        { http: 500, grpc: 10, retry: 'now',   means: 'a consumer acts for a partition it no longer owns' },
  SCHEMA_UNKNOWN:      { http: 500, grpc: 5,  retry: 'never', means: 'the registry has no schema of that id' },
  SCHEMA_INCOMPATIBLE: { http: 500, grpc: 9,  retry: 'never', means: 'a schema cannot read what was written under its subject' },
  STORE_UNAVAILABLE:   { http: 503, grpc: 14, retry: 'later', means: 'the store that processes share cannot be reached' },
  LAKE_UNAVAILABLE:    { http: 503, grpc: 14, retry: 'later', means: 'the catalog or the store cannot be reached' },
  LAKE_CONFLICT:       { http: 500, grpc: 10, retry: 'now',   means: 'another commit came first' },
  COMMIT_UNKNOWN:      { http: 500, grpc: 2,  retry: 'unknown-outcome', means: 'a commit was sent and its answer was lost' },
  LAKE_DAMAGED:        { http: 500, grpc: 15, retry: 'never', means: 'table metadata or a data file cannot be read as written' },
  LAKE_DISAGREES:      { http: 500, grpc: 9,  retry: 'never', means: 'lake and log tell different histories' },
  SETTINGS_INVALID:    { http: 500, grpc: 9,  retry: 'never', means: 'settings are missing or wrong' },
  INPUT_UNREADABLE:    { http: 400, grpc: 3,  retry: 'never', means: 'an input file cannot be read as what it should be' },
  INTERNAL:            { http: 500, grpc: 13, retry: 'never', means: 'a bug of ours' },
} as const satisfies Record<string, Fact>

export type Code = keyof typeof CODES

/** An error with a code, and a sentence that says what happened and what to do next. */
export class K2Error extends Error {
  readonly code: Code
  /** More about it, for logs and problem details; never secrets. */
  readonly details: Readonly<Record<string, string | number>>

  constructor(code: Code, sentence: string, details: Readonly<Record<string, string | number>> = {}, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.name = 'K2Error'
    this.code = code
    this.details = details
  }

  get retry(): Retry {
    return CODES[this.code].retry
  }
}

/** The code of whatever was thrown; what has none is a bug of ours. */
export const codeOf = (error: unknown): Code => (error instanceof K2Error ? error.code : 'INTERNAL')
