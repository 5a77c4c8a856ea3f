/**
 * CRC-32C (Castagnoli), the checksum of Kafka's RecordBatch v2. Hot path: slicing by eight, one table look-up a byte
 * and none depending on the one before it; about 1.2 GB/s (log.bench.ts).
 *
 *   source  RFC 3720 appendix B.4; Kober and Berry, "A Systematic Approach to Building High Performance Software-based
 *           CRC Generators", 2005
 */
const POLYNOMIAL_REVERSED = 0x82f63b78
const SLICES = 8

/** Table k holds the checksum of a byte followed by k zero bytes; eight tables of 256 in one array. */
const TABLES = buildTables()

function buildTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL_REVERSED : crc >>> 1
    tables[byte] = crc
  }
  for (let i = 256; i < tables.length; i++) {
    const shorter = tables[i - 256]!
    tables[i] = (shorter >>> 8) ^ tables[shorter & 255]!
  }
  return tables
}

/** The checksum of bytes[start, end) as an unsigned 32-bit number; it continues one of what came before. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, before = 0): number {
  const t = TABLES
  let crc = ~before
  let i = start
  for (const eights = end - 7; i < eights; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    crc =
      t[1792 + (crc & 255)]! ^
      t[1536 + ((crc >>> 8) & 255)]! ^
      t[1280 + ((crc >>> 16) & 255)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 255]!
  return ~crc >>> 0
}
