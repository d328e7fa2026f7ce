export * from './app';
export * from './opened';
export * from './things';
