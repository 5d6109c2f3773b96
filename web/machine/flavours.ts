/** How a guest is virtualized: what this version can do, first what a machine has unless told otherwise. */

/** `full`: the guest is unmodified and sees a whole PC. */
export const FLAVOURS = ['full'] as const;
/** One of them. */
export type Flavour = (typeof FLAVOURS)[number];
/** Of a machine that is not told otherwise. */
export const FLAVOUR_DEFAULT: Flavour = 'full';
