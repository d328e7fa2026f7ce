/** `IN_THE_GRAPH` and `in-our-rows`. */
export const fromEnum = <T extends string>(value: string): T => value.toLowerCase().replaceAll('_', '-') as T;
export const toEnum = (value: string): string => value.toUpperCase().replaceAll('-', '_');
