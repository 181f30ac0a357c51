import type { JsonSchema, Kind } from './kind.ts'

/** What a kind says of itself beside how it reads: exactly one of these. */
export interface KindMetadata {
  /** A single value. */
  readonly json?: JsonSchema
  readonly section?: SectionMetadata
  readonly list?: ListMetadata
  /** A mapping of names to this. */
  readonly named?: Kind<unknown>
  readonly either?: readonly Kind<unknown>[]
}

export interface ListMetadata {
  readonly of: Kind<unknown>
  readonly least: number
}

export interface SectionMetadata {
  readonly entries: Readonly<Record<string, Kind<unknown>>>
  /** What each key is for. */
  readonly about: Readonly<Record<string, string>>
}
