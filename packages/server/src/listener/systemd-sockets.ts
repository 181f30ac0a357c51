/** The first descriptor that systemd passes on. */
const FIRST_FD = 3

/** What a process knows of itself. */
export interface OwnProcess {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
}

/**
 * The sockets that systemd has opened for this process (`LISTEN_FDS`, `LISTEN_PID`, `LISTEN_FDNAMES`), in its order: their
 * names, of which several may be alike. None when it has opened none, or did so for another process.
 *
 * @throws Error when the variables contradict each other.
 */
export function systemdSocketNames({ env, pid }: OwnProcess): string[] {
  const { LISTEN_FDS: count, LISTEN_PID: forPid, LISTEN_FDNAMES: names } = env
  if (count === undefined || forPid !== String(pid)) return []
  if (!/^\d{1,4}$/.test(count)) throw new Error(`LISTEN_FDS must be a number of sockets, got "${count}"`)
  const length = Number(count)
  if (names === undefined) return new Array<string>(length).fill('unknown')
  const given = names.split(':')
  if (given.length === length) return given
  throw new Error(`LISTEN_FDNAMES has ${given.length} names, LISTEN_FDS says ${length}`)
}

/**
 * The descriptor of the socket with this name (`FileDescriptorName=` in its unit, by default the unit's name), or at this
 * place, counted from 0.
 *
 * @throws Error when there is none, or more than one.
 */
export function systemdFd(name: string, own: OwnProcess): number {
  const names = systemdSocketNames(own)
  const [place, ...others] = placesOf(name, names)
  if (place === undefined) throw new Error(`systemd:${name} was not passed to this process: ${namesText(names)}`)
  if (others.length > 0) {
    throw new Error(
      `systemd:${name} is the name of ${others.length + 1} sockets; say which by its place: systemd:${place}`,
    )
  }
  return FIRST_FD + place
}

function placesOf(name: string, names: readonly string[]): number[] {
  const places = [...names.keys()].filter((place) => names[place] === name)
  return places.length > 0 ? places : [...names.keys()].filter((place) => String(place) === name)
}

function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'it was passed no socket (LISTEN_FDS, LISTEN_PID)'
  return `it was passed ${names.map((name, place) => `${place} (${name})`).join(', ')}`
}
