import { Initial1753000000000 } from './1753000000000-initial';

/** Oldest first. */
export const migrations = [Initial1753000000000];
