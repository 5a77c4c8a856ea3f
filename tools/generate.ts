/**
 * Writes what is derived: TypeScript types of the protos. `npm run check` runs it into a folder of its own and compares.
 *
 *   node tools/generate.ts [FOLDER]
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.argv[2] ?? `${root}packages/contracts/gen`

rmSync(folder, { recursive: true, force: true })
// The options are PROTO_OPTIONS of packages/service/rpc.ts.
const options = ['--longs=String', '--enums=String', '--defaults', '--oneofs', '--grpcLib=@grpc/grpc-js', '--importFileExtension=.ts', '--targetFileExtension=.ts']
const protos = ['k2/v1/query.proto']
execFileSync(`${root}node_modules/.bin/proto-loader-gen-types`, [...options, `--includeDirs=${root}proto`, `--outDir=${folder}`, ...protos], { cwd: root, stdio: 'inherit' })
