import type { History } from '@hospital/kernel';

/** Event types whose shape has changed since they were first written, and how to read the older shapes. */
export const history: History = {
  PersonRegistered: {
    version: 2,
    // A person had one trade, and nothing was known of birth and employment.
    up: { 1: (data) => ({ ...data, trades: [data['trade']!], birthDate: null, employedFrom: null }) },
  },
};
