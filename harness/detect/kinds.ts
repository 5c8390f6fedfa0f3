/** What each kind of event means for a host, and what usually causes it. The documentation is made from these and the table. */

interface Meaning {
  /** what it means for the host */
  readonly means: string;
  /** what usually causes it */
  readonly cause: string;
}

export const KINDS = {
  // --- crash
  panic: {
    means: 'The kernel gave up: the host stands still until it is reset, and every guest on it is gone.',
    cause: 'An oops or a hang with a sysctl that makes it fatal, a lost root file system, a killed init, or a fault of the hardware.',
  },
  tee_panic: {
    means: 'The secure world beside the kernel (Trusty) died; what it served, such as keys, no longer answers.',
    cause: 'A defect in a trusted application or in the driver that talks to it.',
  },
  null_deref: {
    means: 'The kernel followed a null pointer; the task that did is dead, with whatever locks it held.',
    cause: 'A missing check, or an object that another CPU took away in the meantime.',
  },
  page_fault: {
    means: 'The kernel read or wrote an address that is not there; the task that did is dead, with whatever locks it held.',
    cause: 'Use of freed memory, an overrun, a wild pointer, or broken memory.',
  },
  gpf: {
    means: 'The kernel used an address that no memory can have; the task that did is dead, with whatever locks it held.',
    cause: 'Use of freed memory that was overwritten: the pointer holds data or poison.',
  },
  oops: {
    means: 'The CPU refused an instruction of the kernel; the task that ran it is dead, with whatever locks it held.',
    cause: 'A division by zero, an invalid instruction, an external abort, or a jump to a wrong place.',
  },
  bug: {
    means: 'The kernel found itself in a state that its authors held for impossible and killed the task.',
    cause: 'A failed BUG_ON(): a defect, or a consequence of memory that was corrupted earlier.',
  },
  double_fault: {
    means: 'A fault happened while a fault was being handled; the kernel cannot go on.',
    cause: 'A stack that ran over, or page tables that were destroyed.',
  },
  stack_guard: {
    means: 'A kernel stack ran over and hit its guard page; the task is dead.',
    cause: 'Recursion without end, often over stacked network devices or file systems, or large variables on the stack.',
  },
  kasan: {
    means: 'The kernel touched memory that is not its own any more or never was; data may already be damaged.',
    cause: 'A use after free or an access out of bounds, found by a kernel that was built to look (CONFIG_KASAN).',
  },
  kmsan: {
    means: 'The kernel decided by, or gave away, memory that nobody had written.',
    cause: 'A missing initialisation, found by a kernel that was built to look (CONFIG_KMSAN).',
  },
  kcsan: {
    means: 'Two CPUs used the same memory at once without agreeing on it.',
    cause: 'A missing lock or READ_ONCE(), found by a kernel that was built to look (CONFIG_KCSAN).',
  },
  kfence: {
    means: 'The kernel touched memory that is not its own any more; data may already be damaged.',
    cause: 'A use after free or an access out of bounds that hit one of the sampled objects of CONFIG_KFENCE.',
  },
  ubsan: {
    means: 'The kernel did something that C leaves undefined; what follows may be anything, often it is harmless.',
    cause: 'An index out of bounds, a shift that is too far or an overflow (CONFIG_UBSAN).',
  },
  mm_corruption: {
    means: 'Memory management found its own records damaged; nothing on this host can be trusted any more.',
    cause: 'A use after free, an overrun or a double free somewhere else in the kernel, or broken memory.',
  },
  vfs_bug: {
    means: 'A file system went away while something of it was still in use; the next use will crash.',
    cause: 'A reference that was not given back.',
  },
  warning: {
    means: 'The kernel noticed something that should not be and went on.',
    cause: 'A failed WARN_ON(): a defect that did no harm yet, or hardware that answers nonsense.',
  },
  lockdep: {
    means: 'Locks were taken in an order, or a context, that can stop the host for good on another day.',
    cause: 'A defect in locking, found by a kernel that was built to look (CONFIG_PROVE_LOCKING).',
  },
  spinlock_bug: {
    means: 'A spinlock was misused; what it protects may be damaged.',
    cause: 'A lock in freed or uninitialised memory, or one that is released twice (CONFIG_DEBUG_SPINLOCK).',
  },
  atomic_sleep: {
    means: 'Code that must not sleep did; the host may stop or damage data.',
    cause: 'An allocation or a mutex under a spinlock or in an interrupt, or a lock that was not released.',
  },
  preemptible: {
    means: 'Code used data of its CPU while it could be moved to another one.',
    cause: 'A missing preempt_disable() (CONFIG_DEBUG_PREEMPT).',
  },
  workqueue_bug: {
    means: 'A work item ended with a lock held or preemption off; the next work on that CPU suffers.',
    cause: 'A path through the work function that forgets to release.',
  },
  memleak: {
    means: 'Memory was lost; a host that stays up for months runs out of it.',
    cause: 'An error path that does not free, found by a kernel that was built to look (CONFIG_DEBUG_KMEMLEAK).',
  },
  program_died: {
    means: 'A program that tests this kernel from the inside, or the runtime under it, cannot go on.',
    cause: 'The program itself, or a kernel that gave it no memory or damaged it.',
  },
  // --- hang
  hung_task: {
    means: 'A task waits uninterruptibly for longer than it should; it and all that wait for it stand still.',
    cause: 'Storage or a server that does not answer, or a lock that is never released.',
  },
  hung_suppressed: {
    means: 'The kernel reports no more hung tasks: from here on its silence proves nothing.',
    cause: 'kernel.hung_task_warnings has counted down to zero.',
  },
  soft_lockup: {
    means: 'A CPU ran in the kernel for many seconds and let nothing else run.',
    cause: 'A loop without end or over too much, a spinlock that is not released, or a host that gives the guest no time.',
  },
  hard_lockup: {
    means: 'A CPU did not even take interrupts for many seconds.',
    cause: 'A loop or a spinlock with interrupts off, or firmware that holds the CPU.',
  },
  rcu_stall: {
    means: 'A CPU or task holds up RCU; memory that waits to be freed grows until the host stops.',
    cause: 'A loop in the kernel, too many interrupts, a starved grace-period thread, or a guest that gets no time.',
  },
  workqueue_lockup: {
    means: 'Deferred work of the kernel stands still on a CPU.',
    cause: 'A work item that does not end, or a CPU that is taken by a real-time task.',
  },
  spinlock_lockup: {
    means: 'A CPU waits for a spinlock that nobody releases.',
    cause: 'A deadlock, or an owner that is itself stuck.',
  },
  csd_lock: {
    means: 'A CPU does not answer a call from another one, which waits with it.',
    cause: 'Interrupts that are off for too long, or a virtual CPU that gets no time.',
  },
  irq_nobody_cared: {
    means: 'An interrupt line was switched off; devices on it are slow or dead from here on.',
    cause: 'A device that interrupts without its driver knowing of it, or wrong routing by the firmware.',
  },
  // --- memory
  oom_kill: {
    means: 'Memory ran out and a process was killed, possibly a guest.',
    cause: 'Too many guests for the memory, a leak, or a limit of a control group that is too low.',
  },
  page_alloc_failure: {
    means: 'The kernel could not get memory at once; packets or requests were dropped.',
    cause: 'A burst of traffic that eats the reserve (vm.min_free_kbytes), or fragmented memory.',
  },
  // --- network
  neigh_overflow: {
    means: 'No new neighbour can be reached: connections to unknown addresses fail.',
    cause: 'A scan or flood of addresses, or more neighbours than gc_thresh3 allows.',
  },
  route_cache_full: {
    means: 'No new route can be cached: packets to new destinations are dropped.',
    cause: 'A flood of IPv6 addresses against net.ipv6.route.max_size.',
  },
  conntrack_full: {
    means: 'No new connection is tracked: its packets are dropped.',
    cause: 'A flood of connections, or nf_conntrack_max that is too low.',
  },
  tcp_mem: {
    means: 'TCP has used up the memory it may have; connections stall or are cut.',
    cause: 'Many slow readers, a flood of connections, or tcp_mem that is too low.',
  },
  syn_flood: {
    means: 'A listening socket gets more connection requests than it takes; it answers with cookies.',
    cause: 'An attack, or an accept queue that is too short.',
  },
  tx_timeout: {
    means: 'A network device sends nothing any more and is reset.',
    cause: 'Driver, firmware or a virtual device whose host does not serve it.',
  },
  nic_hang: {
    means: 'A network card has stopped working and is reset; its link is down for seconds.',
    cause: 'Hardware, firmware, or offloads that the card cannot do.',
  },
  netdev_refcount: {
    means: 'A network device cannot be removed; whoever removes it hangs, and with it all changes of the network.',
    cause: 'A reference to the device that was not given back.',
  },
  // --- storage
  io_error: {
    means: 'A request to a disk failed: somebody read nothing or lost a write.',
    cause: 'A disk, cable or server that is gone or broken.',
  },
  buffer_io_error: {
    means: 'A block of the page cache could not be read or written; a lost write is lost for good.',
    cause: 'An I/O error of the disk under it.',
  },
  fs_error: {
    means: 'A file system found damage or could not reach its data.',
    cause: 'An I/O error under it, or damage that was done earlier.',
  },
  journal_abort: {
    means: 'A file system stopped writing: everything that was not committed is lost.',
    cause: 'An I/O error on the journal, or damage found in the file system.',
  },
  journal_error: {
    means: 'The journal of a file system could not be read or written.',
    cause: 'An I/O error of the disk under it.',
  },
  fs_readonly: {
    means: 'A file system was made read-only to save what is left.',
    cause: 'An error in it, mostly an I/O error of the disk under it.',
  },
  fs_shutdown: {
    means: 'A file system was shut down: all that is on it answers with errors until it is mounted anew.',
    cause: 'An I/O error on its log, damage in memory, or somebody who asked for it.',
  },
  nbd_closed: {
    means: 'A network block device lost its connections, wanted or not.',
    cause: 'A disconnect on request, or what the lines before say.',
  },
  nbd_timeout: {
    means: 'The server of a network block device did not answer in time.',
    cause: 'A network that is cut or too slow, or a server that is overloaded.',
  },
  nbd_stuck: {
    means: 'The server of a network block device has not answered for long; its requests wait on, and nothing has failed.',
    cause: 'A network that is cut or too slow, or a server that is overloaded.',
  },
  nbd_dead: {
    means: 'A connection of a network block device is dead; requests fail or go another way.',
    cause: 'A server that closed, a network that is cut, or a protocol error.',
  },
  disk_timeout: {
    means: 'A disk did not answer in time; requests are aborted and the device is reset.',
    cause: 'A disk or controller that fails, or storage behind it that is gone.',
  },
  iscsi_error: {
    means: 'A connection to iSCSI storage is lost; requests wait or fail.',
    cause: 'A network that is cut, or a target that is overloaded.',
  },
  path_failure: {
    means: 'One of several ways to the data is lost; with the last one the data are.',
    cause: 'A failed disk, link or controller.',
  },
  nfs_timeout: {
    means: 'An NFS server does not answer; whoever uses it waits.',
    cause: 'A network that is cut, or a server that is overloaded.',
  },
  // --- hardware
  mce: {
    means: 'The CPU reports a fault of the hardware.',
    cause: 'Memory, cache or bus errors, or heat.',
  },
  edac: {
    means: 'A memory module made an error: CE was corrected, UE was not.',
    cause: 'A module that fails, or one that sits badly.',
  },
  ghes: {
    means: 'The firmware reports a fault of the hardware.',
    cause: 'Memory, PCIe or CPU errors.',
  },
  pcie_aer: {
    means: 'A PCIe link made an error that it could not correct.',
    cause: 'A card or slot that fails.',
  },
  memory_failure: {
    means: 'A page of memory is broken and taken out of use; whoever used it may have been killed.',
    cause: 'A memory module that fails.',
  },
  unknown_nmi: {
    means: 'A non-maskable interrupt came that nobody knows.',
    cause: 'Hardware or firmware that reports a fault, or a button that was pressed.',
  },
  clocksource_unstable: {
    means: 'The kernel does not trust its clock any more and takes a slower one.',
    cause: 'A virtual CPU that got no time for long, or a TSC that does not run evenly.',
  },
  firmware_bug: {
    means: 'The kernel works round a defect of the firmware.',
    cause: 'Firmware that wants an update.',
  },
  acpi_error: {
    means: 'The tables or methods of the firmware are wrong in one place; mostly harmless.',
    cause: 'Firmware that wants an update.',
  },
  // --- lifecycle
  boot: {
    means: 'A kernel began.',
    cause: 'The host was switched on or reset.',
  },
  restart: {
    means: 'The kernel ended, or another one began after it.',
    cause: 'A reboot that was asked for, a reset, or a crash.',
  },
  power_off: {
    means: 'The host was switched off.',
    cause: 'Somebody asked for it.',
  },
  emergency_mode: {
    means: 'The host did not come up: it waits at an emergency shell for somebody to repair it.',
    cause: 'A root or other file system that cannot be mounted.',
  },
  log_gap: {
    means: 'Messages of the kernel are missing: nothing follows from what does not stand in the log.',
    cause: 'More messages than the buffer or the console takes.',
  },
} as const satisfies Record<string, Meaning>;

export type Kind = keyof typeof KINDS;
