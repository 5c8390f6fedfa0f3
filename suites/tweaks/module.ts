/** Parameters of modules (Documentation/admin-guide/kernel-parameters.rst): given when the module loads, or written in /sys/module. */
import { isOfTheHarness } from './boot.ts';
import type { Kind } from './tweak.ts';
import { formed } from './values.ts';

/**
 * A module that is there already is never unloaded for a parameter: it may be the card's own. The kernel ignores parameters that it does not
 * know (load_module in kernel/module/main.c), and those without a file below /sys/module cannot be read back: both are told.
 */
const PLACE = `module=$(printf %s "\${key%%.*}" | tr - _)
file=/sys/module/$module/parameters/\${key#*.}`;

export const moduleParameter: Kind = {
  spelling: 'module:NAME.PARAMETER=VALUE',
  summary: 'a parameter of a kernel module, which is loaded for it',
  example: 'module:nf_conntrack.hashsize=65536',
  names: {
    meant: /^module:/,
    complaint: (name) => {
      if (!/^module:[A-Za-z0-9][\w-]*\.\w+$/.test(name)) return 'is spelt module:NAME.PARAMETER, as in module:nf_conntrack.hashsize';
      return isOfTheHarness(name.slice('module:'.length))
        ? 'is set by stormproof itself, which sees by it what the kernel reports'
        : undefined;
    },
    key: (name) => name.slice('module:'.length),
  },
  values: formed('VALUE', /^[!-~]+$/, 'a value of printable ASCII without spaces'),
  setting: {
    read: `${PLACE}
      [ -d "/sys/module/$module" ] || { echo 'not loaded'; exit; }
      [ -r "$file" ] || { echo "\${key%%.*} has no parameter \${key#*.} that can be read back"; exit 1; }
      is=$(cat "$file")
      # a boolean is printed as Y or N, however it was given (param_get_bool in kernel/params.c)
      case $is:$value in Y:1 | Y:y | Y:on | N:0 | N:n | N:off) is=$value;; esac
      printf %s "$is"`,
    write: `${PLACE}
      if [ ! -d "/sys/module/$module" ]; then modprobe "$module" "\${key#*.}=$value"; exit; fi
      case $(stat -c %a "$file") in
        [2367]??) env printf '%s\\n' "$value" > "$file";;
        *) echo "it is read when the module loads, and that is loaded or built in: try boot:$key=$value";;
      esac`,
  },
};
