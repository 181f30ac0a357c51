export { FakeClock, type FakeClockOptions, type FirstAfterJump } from './testing/fake-clock.ts'
export { FakeConnection } from './testing/fake-connection.ts'
export {
  FakeDialer,
  type FakeDial,
  type FakeDialContext,
  type FakeDialerOptions,
  type FakeDialState,
} from './testing/fake-dialer.ts'
export { networkError, type NetworkError } from './testing/network-error.ts'
export { SeededRandom } from './testing/seeded-random.ts'
export type { SimulatedConnection, SimulatedReply } from './testing/simulated-connection.ts'
export type { Latency } from './testing/simulated-route.ts'
export {
  SimulatedServer,
  type Admission,
  type SimulatedDialContext,
  type SimulatedServerOptions,
  type SimulatedWorld,
} from './testing/simulated-server.ts'
export type { SimulatedSocket } from './testing/simulated-socket.ts'
export { Simulation, type SimulationOptions } from './testing/simulation.ts'
