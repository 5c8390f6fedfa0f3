/**
 * The kernel that this machine runs, from where distributions install it.
 */
import { release as runningRelease } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../results/errors.ts';
import { loose } from './bzimage.ts';
import { firstOf, readImage } from './image.ts';
import { installedModules } from './install.ts';
import type { Find, ResolveOptions, Source } from './source.ts';

export const running: Find = (_, options) => installedKernel('/', runningRelease(), options);

/** The kernel `release` as it is installed below `root`. */
export async function installedKernel(root: string, release: string, options: ResolveOptions): Promise<Source> {
  const modules = await firstOf('directory', [join(root, 'lib/modules', release), join(root, 'usr/lib/modules', release)]);
  const images = [`boot/vmlinuz-${release}`, `lib/modules/${release}/vmlinuz`, `usr/lib/modules/${release}/vmlinuz`].map((path) =>
    join(root, path),
  );
  const image = await firstOf('file', images);
  if (image === undefined) {
    throw new UsageError(
      `running: this machine runs ${release} but has no ${images[0]}, as is usual where a cloud or container host brings the kernel; name another, for example deb:linux-image-cloud-amd64`,
    );
  }
  const found = await readImage(image);
  if (found.release !== release) {
    throw new UsageError(
      `running: ${image} is ${found.release}, and this machine runs ${release}: reboot into it, or give the file itself`,
    );
  }
  const config = await firstOf('file', [
    join(root, `boot/config-${release}`),
    join(root, `lib/modules/${release}/config`),
    join(root, 'proc/config.gz'),
  ]);
  const files = modules === undefined ? undefined : await installedModules(modules);
  return loose({ name: image, release, image, config, modules: files, modulesFrom: modules ?? image }, options);
}
