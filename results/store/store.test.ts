import { SQLITE } from './places.testing.ts';
import { triesOfStore } from './store.testing.ts';

triesOfStore(SQLITE);
