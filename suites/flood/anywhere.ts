/** An aim at nobody, with addresses as the lab makes them: for what does not depend on it, such as the sizes of frames. */
import type { Aim } from '../../targets/target.ts';

export const ANYWHERE: Aim = {
  device: 'front',
  sourceMac: '02:53:50:00:0f:01',
  destinationMac: '02:53:50:00:0f:10',
  source: '2001:2:0:8000::1',
  destination: '2001:2:0:8000::10',
  prefix: '2001:2:0:8000',
};
