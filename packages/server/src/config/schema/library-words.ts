/** Options of the library as a configuration has them: what ends in `Ms` there has its unit in the value here. */
export type WithoutMs<T> = { readonly [Key in keyof T as Key extends `${infer Name}Ms` ? Name : Key]?: T[Key] }

/** Every key of T is there, be it undefined. */
export type Filled<T> = { readonly [Key in keyof T]-?: T[Key] | undefined }

/** The keys whose library name ends in `Ms`. */
export type DurationKey<T> = keyof { [Key in keyof T as Key extends `${infer Name}Ms` ? Name : never]: true }

/** Back to the library's names; what was left out stays so. */
export function inLibraryWords<T>(entry: Filled<WithoutMs<T>>, durations: readonly DurationKey<T>[]): T {
  const names = new Set<PropertyKey>(durations)
  const given = Object.entries(entry).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([key, value]) => [names.has(key) ? `${key}Ms` : key, value])) as T
}
