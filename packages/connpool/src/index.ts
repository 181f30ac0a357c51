export { PoolError } from './errors.ts'
