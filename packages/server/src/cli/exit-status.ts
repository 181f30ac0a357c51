/** With what status `connpool` ends. The only place with these numbers. */
export const EXIT_STATUS = {
  /** It did what it was asked to: sessions were drained, backends answered. */
  good: 0,
  /** Something was cut at the end of a drain, or a backend could not be reached. */
  bad: 1,
  /** The command line or the configuration is wrong, or the server could not start. */
  unusable: 2,
} as const

export type ExitStatus = (typeof EXIT_STATUS)[keyof typeof EXIT_STATUS]
