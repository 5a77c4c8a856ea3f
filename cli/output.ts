/** Standard output, with backpressure: what is written is taken before more is asked for. */

/** What is written cannot be taken. */
export class WriteError extends Error {
  /** The reader has closed its end (`| head`): what else there is to say interests nobody. */
  readonly isReaderGone: boolean

  constructor(cause: NodeJS.ErrnoException) {
    super(`The answer cannot be written: ${cause.message}.`, { cause })
    this.isReaderGone = cause.code === 'EPIPE'
  }
}

export function writerTo(stream: NodeJS.WritableStream): (text: string) => Promise<void> {
  // The failure of a write comes to its callback; without a listener here it would end the process as well.
  stream.on('error', () => {})
  return (text) =>
    new Promise((resolve, reject) => {
      stream.write(text, (error) => (error ? reject(new WriteError(error)) : resolve()))
    })
}
