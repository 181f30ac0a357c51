/** What a browser says about where a request comes from; programs say nothing of it. */
export interface Provenance {
  readonly host: string
  readonly origin: string | undefined
  readonly secFetchSite: string | undefined
}

/** Asks: does another page than our own ask? `none` is what a browser says when a person has typed the address. */
export function isForeign({ host, origin, secFetchSite }: Provenance): boolean {
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none') return true
  return origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`
}
