import type { History } from '@hospital/kernel';

/** Event types whose shape has changed since they were first written, and how to read the older shapes. None yet. */
export const history: History = {};
