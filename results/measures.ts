/** What is timed of every machine, by its name in the record; what a work of a suite times has a name of its own beside these. */
export const MEASURES = { boot: 'boot', panicLog: 'panic log', dump: 'dump' } as const;
