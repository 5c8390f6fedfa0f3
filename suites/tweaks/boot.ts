/** Parameters on the kernel's command line (Documentation/admin-guide/kernel-parameters.txt). */
import { SYSCTLS_OF_THE_HARNESS } from './sysctl.ts';
import type { Kind } from './tweak.ts';
import { formed } from './values.ts';

/** What stormproof sees by, boots by, or sets itself (targets/lab/qemu.ts, harness/arm.ts). */
const OF_THE_HARNESS = [
  ...['console', 'earlycon', 'earlyprintk', 'printk.', 'quiet', 'loglevel', 'debug', 'panic', 'hung_task_panic', 'nowatchdog'],
  // each of them makes a detector of the kernel's look elsewhere, or later
  ...['sysctl.kernel.panic_', 'rcupdate.', 'workqueue.'],
  ...['nosoftlockup', 'softlockup_', 'nmi_watchdog', 'watchdog_thresh', 'init', 'rdinit', 'root', 'initrd', 'noinitrd', 'net.ifnames'],
  // a ballast would be written to
  ...['init_on_alloc'],
] as const;

/**
 * Those that a person may add to the command line all the same, since nothing is hidden by them: the console's level is set again and the
 * console proven when a machine is armed (harness/arm.ts), a restart after a panic is seen as one, and `rdinit=/bin/sh` is for a look at a
 * candidate by hand.
 */
const MAY_BE_ADDED = ['quiet', 'loglevel', 'debug', 'earlycon', 'earlyprintk', 'panic', 'rdinit'] as const;

/**
 * As it stands in the lists. The kernel takes `-` for `_` in names (parameqn in kernel/params.c), and in those of sysctls, and before them, `/`
 * for `.` (process_sysctl_arg in fs/proc/proc_sysctl.c).
 */
const plain = (name: string): string => name.replaceAll('-', '_').replace(/^sysctl[./].*/, (setting) => setting.replaceAll('/', '.'));

/** Whether a parameter, `MODULE.NAME` of one that is built in among them, is none to be tweaked. */
export function isOfTheHarness(word: string): boolean {
  const name = plain(word);
  if (name.startsWith('sysctl.') && SYSCTLS_OF_THE_HARNESS.test(name.slice('sysctl.'.length))) return true;
  return OF_THE_HARNESS.some((each) => (/[._]$/.test(each) ? name.startsWith(each) : name === each));
}

const ITS_OWN = 'is set by stormproof itself, which boots by it or sees by it what the kernel reports';

/** What is wrong with words that a person adds to the kernel's command line, to follow `--append `; undefined where nothing is. */
export function complaintOfAdded(words: string): string | undefined {
  // blanks between quotes part no words, and a whole word may stand in quotes (next_arg in lib/cmdline.c)
  const names = (words.match(/(?:"[^"]*"?|[^\s"])+/g) ?? []).map((word) => word.replace(/^"/, '').replace(/=.*/s, ''));
  const wrong = names.find((name) => isOfTheHarness(name) && !MAY_BE_ADDED.some((each) => each === plain(name)));
  return wrong === undefined ? undefined : `${wrong} ${ITS_OWN}`;
}

function complaint(name: string): string | undefined {
  const word = name.slice('boot:'.length);
  if (!/^[A-Za-z][\w.-]*$/.test(word)) return 'is spelt boot:PARAMETER or boot:PARAMETER=VALUE, as in boot:mitigations=off';
  return isOfTheHarness(word) ? ITS_OWN : undefined;
}

/**
 * Prints what the kernel's log has against `asked`, or nothing. It tells words that nobody knows (print_unknown_bootoptions in init/main.c,
 * since 5.14; none with a dot in its name, which must be read back from its module or sysctl), and values that somebody did not understand:
 * `Malformed early option 'KEY'` (init/main.c), `VALUE invalid for parameter KEY` (kernel/params.c), `Unsupported KEY=VALUE` (kernel/cpu.c).
 * Who says nothing, or does not name the parameter, is believed.
 */
const REFUSED = `dmesg | asked=$asked name=$key awk '
  BEGIN { asked = ENVIRON["asked"]; name = ENVIRON["name"] }
  /ommand line: / { next }
  /Unknown kernel command line parameters "/ {
    said = $0
    sub(/.*command line parameters "/, " ", said)
    sub(/", will be .*/, "", said)
    if (index(said " ", " " asked " ")) { print "this kernel does not know it"; exit }
    next
  }
  /[Uu]nsupported|[Mm]alformed|[Uu]nknown|[Ii]nvalid|[Ii]gnor|too large/ {
    at = asked ~ /=/ ? index($0, asked) : 0
    inside = substr($0, at - 1, 1) ~ /[A-Za-z0-9_.-]/ || substr($0, at + length(asked), 1) ~ /[A-Za-z0-9_-]/
    if (at && !inside || index($0, "\\047" name "\\047") || index($0, "\\140" name "\\047")) {
      sub(/^\\[[^]]*\\] */, "")
      print "this kernel says: " $0
      exit
    }
  }'`;

/**
 * The last of several with one name counts, of those before `--`: the others are for init. What has no dot in its name cannot be read back:
 * that it stands there, and that the kernel had nothing to say against it, is all that is proven.
 */
const READ = `set -f
asked=$key\${value:+=$value}
last=
for word in $(cat /proc/cmdline); do
  case $word in --) break;; "$key" | "$key="*) last=$word;; esac
done
[ -n "$last" ] || { echo 'it is not on the command line of this kernel'; exit 1; }
[ "$last" = "$asked" ] || { echo "$last"; exit; }
refused=$(${REFUSED})
[ -z "$refused" ] || { echo "$refused"; exit 1; }
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
  summary:
    'a parameter of the kernel; without a dot in its name it is not read back, but shown to be given to the kernel and not refused by it',
  example: 'boot:threadirqs',
  names: { meant: /^boot:/, complaint, key: (name) => name.slice('boot:'.length) },
  values: formed('VALUE', /^[!#-~]*$/, 'a value of printable ASCII without spaces and quotes'),
  setting: { read: READ, want: `printf %s "$key\${value:+=$value}"` },
};
