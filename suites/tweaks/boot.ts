/** Parameters on the kernel's command line (Documentation/admin-guide/kernel-parameters.txt). */
import type { Kind } from './tweak.ts';
import { formed } from './values.ts';

/** What stormproof sees by, boots by, or sets itself (targets/lab/qemu.ts, harness/arm.ts). */
const OF_THE_HARNESS = [
  ...['console', 'earlycon', 'earlyprintk', 'printk.', 'quiet', 'loglevel', 'debug', 'panic', 'hung_task_panic', 'nowatchdog'],
  // each of them makes a detector of the kernel's look elsewhere, or later
  ...['sysctl.kernel.hung_task_', 'sysctl.kernel.watchdog_', 'sysctl.kernel.printk_', 'sysctl.kernel.panic_', 'rcupdate.', 'workqueue.'],
  ...['nosoftlockup', 'softlockup_', 'nmi_watchdog', 'watchdog_thresh', 'init', 'rdinit', 'root', 'initrd', 'noinitrd', 'net.ifnames'],
] as const;

/** The kernel takes `-` for `_` in names (parameqn in kernel/params.c). */
const plain = (name: string): string => name.replaceAll('-', '_');

/** Whether a parameter, `MODULE.NAME` of one that is built in among them, is none to be tweaked. */
export const isOfTheHarness = (word: string): boolean =>
  OF_THE_HARNESS.some((each) => (/[._]$/.test(each) ? plain(word).startsWith(each) : plain(word) === each));

function complaint(name: string): string | undefined {
  const word = name.slice('boot:'.length);
  if (!/^[A-Za-z][\w.-]*$/.test(word)) return 'is spelt boot:PARAMETER or boot:PARAMETER=VALUE, as in boot:mitigations=off';
  return isOfTheHarness(word) ? 'is set by stormproof itself, which boots by it or sees by it what the kernel reports' : undefined;
}

/**
 * The last of several with one name counts. That a parameter stands there proves little: the kernel tells those that it does not know
 * (print_unknown_bootoptions in init/main.c, since 5.14), but not with a dot in their name; those must be read back from their module or sysctl.
 */
const READ = `set -f
asked=$key\${value:+=$value}
last=
for word in $(cat /proc/cmdline); do
  case $word in "$key" | "$key="*) last=$word;; esac
done
[ -n "$last" ] || { echo 'it is not on the command line of this kernel'; exit 1; }
[ "$last" = "$asked" ] || { echo "$last"; exit; }
if dmesg | sed -n 's/.*Unknown kernel command line parameters "\\(.*\\)", will be.*/ \\1 /p' | grep -qF " $asked "; then
  echo 'this kernel does not know it'
  exit 1
fi
case $key in
  sysctl.*) file=/proc/sys/$(printf %s "\${key#sysctl.}" | tr ./ /.);;
  *.*)
    module=$(printf %s "\${key%%.*}" | tr - _)
    file=/sys/module/$module/parameters/\${key#*.}
    [ -d "/sys/module/$module" ] || modprobe -q "$module";;
  *) echo "$asked"; exit;;
esac
[ -r "$file" ] || { echo "there is no $file to read it back from"; exit 1; }
is=$(tr -s '\\t ' '  ' < "$file")
case $is:$value in "$value:$value" | Y:1 | Y:y | Y:on | Y: | N:0 | N:n | N:off) echo "$asked";; *) echo "$key=$is";; esac`;

export const bootParameter: Kind = {
  spelling: 'boot:PARAMETER[=VALUE]',
  summary: 'a parameter on the command line of the kernel',
  example: 'boot:threadirqs',
  names: { meant: /^boot:/, complaint, key: (name) => name.slice('boot:'.length) },
  values: formed('VALUE', /^[!#-~]*$/, 'a value of printable ASCII without spaces and quotes'),
  setting: { read: READ, want: `printf %s "$key\${value:+=$value}"` },
};
