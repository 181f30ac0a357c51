/** Adds up numbers that are kept by name. A name that some of the records lack counts as 0 in them. */
export function sumRecords<K extends string>(
  records: readonly Readonly<Partial<Record<K, number>>>[],
): Partial<Record<K, number>> {
  const sum: Partial<Record<K, number>> = {}
  for (const record of records) {
    for (const [name, count] of Object.entries(record) as [K, number][]) sum[name] = (sum[name] ?? 0) + count
  }
  return sum
}

/** Adds up records that all have the same names. */
export function sumSameRecords<K extends string>(
  records: readonly [Readonly<Record<K, number>>, ...Readonly<Record<K, number>>[]],
): Record<K, number> {
  return sumRecords(records) as Record<K, number>
}
