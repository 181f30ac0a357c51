/** One of the ways to ask a backend that are compared. */
export interface Way {
  readonly name: string
  /** One request and its reply. */
  ask(): Promise<void>
  /** How many connections were opened so far. */
  readonly dials: number
  /** Ends all that is under way, and closes every connection. */
  close(): Promise<void>
}
