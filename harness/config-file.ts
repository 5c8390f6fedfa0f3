/** The config of a working directory, apart from what reads it: whether there is one is quickly told. */
export const CONFIG_FILE = 'stormproof.yaml';
