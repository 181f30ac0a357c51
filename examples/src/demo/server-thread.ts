import { parentPort } from 'node:worker_threads'

import { SmallRedis } from '../redis/small-redis.ts'

const redis = await SmallRedis.start()
parentPort?.postMessage(redis.port)
