import { compaction } from './bench-lake.ts'
console.log(await compaction())
