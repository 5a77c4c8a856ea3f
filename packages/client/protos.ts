/** Where the protos are: every request that a client sends is defined there. */
import { fileURLToPath } from 'node:url'

export const PROTO_FOLDER = fileURLToPath(new URL('../../proto', import.meta.url))
