import type { Socket } from 'node:net'

/** Not events.once, for which an error is one of its own. */
export const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()))

/** All that the server says until the connection is over, however it ends. */
export async function said(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  await closed(socket)
  return text
}
