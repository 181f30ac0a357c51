/**
 * Whether so few of all endpoints are healthy that to leave out the others would send everything to those few: it is
 * better then to use all of them. That is so below `panicRatio`; 0 for never. Without endpoints there is no panic.
 */
export function isPanicking(healthy: number, all: number, panicRatio: number): boolean {
  return healthy < panicRatio * all
}
