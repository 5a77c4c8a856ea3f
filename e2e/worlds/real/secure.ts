/** The certificate of a broker that makes its own. */
import { connect } from 'node:tls'

/** What the broker shows, trusted because it is ours. */
export async function certificateOf(address: string): Promise<string> {
  const [host, port] = address.split(':')
  const socket = connect({ host: host!, port: Number(port), rejectUnauthorized: false })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`
}
