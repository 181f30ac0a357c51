import type { OpenPool } from './subject.ts'

export type SubjectName = keyof typeof subjects

/** Every library under its name, loaded only when asked for: a process that measures one has not loaded the others. */
export const subjects = {
  connpool: async (): Promise<OpenPool> => (await import('./connpool.ts')).openConnpool,
  'generic-pool': async (): Promise<OpenPool> => (await import('./generic-pool.ts')).openGenericPool,
  tarn: async (): Promise<OpenPool> => (await import('./tarn.ts')).openTarn,
  'lightning-pool': async (): Promise<OpenPool> => (await import('./lightning-pool.ts')).openLightningPool,
  'pg-pool': async (): Promise<OpenPool> => (await import('./pg-pool.ts')).openPgPool,
  reference: async (): Promise<OpenPool> => (await import('./reference.ts')).openReference,
}

/** The peers that targets are measured against. pg-pool is shown beside them: it can lend only its own kind of client. */
export const rivals = ['generic-pool', 'tarn', 'lightning-pool'] as const satisfies readonly SubjectName[]
