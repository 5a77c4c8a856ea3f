/** Which addresses only this machine can reach. */
import { BlockList, isIP } from 'node:net'

const local = new BlockList()
local.addSubnet('127.0.0.0', 8, 'ipv4')
local.addAddress('::1', 'ipv6')

/** A name other than localhost may be anywhere. */
export function isPublic(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(bare)
  if (family === 0) return bare.toLowerCase() !== 'localhost'
  return !local.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}
