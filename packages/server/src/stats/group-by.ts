/** What belongs to each name, in the order in which names and things first come. No name is special (`__proto__`). */
export function groupBy<T>(entries: Iterable<readonly [string, T]>): Map<string, [T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>()
  for (const [name, thing] of entries) {
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [thing])
    else group.push(thing)
  }
  return groups
}
