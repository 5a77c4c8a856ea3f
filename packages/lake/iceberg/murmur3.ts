/** MurmurHash3 is a word of the domain (message ids use it too), so it lives in market; here is where Iceberg looks. */
export { murmur3 } from '@k2/market/murmur3.ts'
