/** Where an engine says what it does: what loggers have in common. */
export type Log = Readonly<Record<'error' | 'warn' | 'info' | 'debug', (fields: object, message: string) => void>>;
