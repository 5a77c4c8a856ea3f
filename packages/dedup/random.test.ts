import { memoryStore } from '@k2/shared-store/memory.ts'
import { awayContract, randomContract } from './random.contract.ts'

randomContract('a store in memory', 25, memoryStore)
awayContract()
