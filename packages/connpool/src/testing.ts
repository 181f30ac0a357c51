export { FakeClock, type FakeClockOptions, type FirstAfterJump } from './testing/fake-clock.ts'
