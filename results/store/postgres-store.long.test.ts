/** The same as in SQLite, on a server of its own. */
import { POSTGRES } from './places.testing.ts';
import { triesOfStore } from './store.testing.ts';

triesOfStore(POSTGRES);
