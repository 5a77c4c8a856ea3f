import { awayContract, randomContract } from './random.contract.ts'
import { memoryStore } from './store/memory.ts'

randomContract('a store in memory', 25, memoryStore)
awayContract()
