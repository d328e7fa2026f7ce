/** Where an engine says what it does; a logger's own shape stays outside. */
export type Log = (level: 'error' | 'warn' | 'info' | 'debug', message: string, fields: Readonly<Record<string, unknown>>) => void;
