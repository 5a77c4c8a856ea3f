/** Lines of a gigabyte, plain and packed to a megabyte: refused by their length, and never held in memory. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { inFolder } from '../worlds/folder.ts'
import type { Grown } from '../worlds/loadonce.ts'

const LOAD_ONCE = join(import.meta.dirname, '../worlds/loadonce.ts')
const GIGABYTE = 2 ** 30
const PIECE = 2 ** 24
/** Buffers on their way, and what Node has not collected yet: a line held in memory would be four times as much. */
const GROWN_MAX_MB = 256
const GOOD = '03/10/2014,10:00:00.001,1.1,5,0,,\r\n'

/** The bytes between are a hole: the file takes no room on the disk. */
async function sparse(path: string): Promise<void> {
  await using file = await open(path, 'w')
  await file.write(GOOD)
  await file.write(`\r\n${GOOD}`, GOOD.length + GIGABYTE)
}

/** Members of one gzip file, one after the other. */
async function packed(path: string): Promise<void> {
  const piece = gzipSync(Buffer.alloc(PIECE, 'x'))
  const pieces = Array.from({ length: GIGABYTE / PIECE }, () => piece)
  await pipeline(Readable.from([gzipSync(GOOD), ...pieces, gzipSync(`\r\n${GOOD}`)]), createWriteStream(path))
}

// biome-ignore format: a table reads by its columns
const rows: readonly [name: string, make: (path: string) => Promise<void>][] = [
  ['a sparse file',  sparse],
  ['a packed file',  packed],
]
for (const [name, make] of rows) {
  test(`a line of a gigabyte in ${name}: its neighbours are sent, in bounded memory`, { timeout: 180_000 }, (t) =>
    inFolder(async (folder) => {
      const path = join(folder, '1.csv')
      await make(path)
      const { stdout } = await promisify(execFile)(process.execPath, [LOAD_ONCE, join(folder, 'data'), path])
      const { sent, failed, reasons, grownMb } = JSON.parse(stdout) as Grown
      t.diagnostic(`it grew by ${grownMb} MB`)
      assert.deepEqual([sent, failed], [2, null])
      assert.equal(reasons.length, 1)
      assert.match(reasons[0]!, new RegExp(`^2: it is ${GIGABYTE} bytes long, above the limit`))
      assert.ok(grownMb < GROWN_MAX_MB, `it grew by ${grownMb} MB`)
    }),
  )
}
