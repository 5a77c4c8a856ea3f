/** Standard output, with backpressure: what is written is taken before more is asked for. */

/** The reader has closed its end: what else there is to say interests nobody. */
class ReaderGone extends Error {}

export const isReaderGone = (error: unknown): boolean => error instanceof ReaderGone

export function writerTo(stream: NodeJS.WritableStream): (text: string) => Promise<void> {
  // The failure of a write comes to its callback; without a listener here it would end the process as well.
  stream.on('error', () => {})
  return (text) =>
    new Promise((resolve, reject) => {
      stream.write(text, (error) => {
        if (!error) resolve()
        else reject((error as NodeJS.ErrnoException).code === 'EPIPE' ? new ReaderGone() : error)
      })
    })
}
