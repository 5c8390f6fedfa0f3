/** The most runs side by side, and so the threads that libuv must have for them. */
export const LANES = 8;
