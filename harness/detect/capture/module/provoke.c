// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the kernel do wrong, one fault at a time: `echo NAME > /proc/provoke`, with NAME from the table at the end.
 * For machines that are thrown away afterwards.
 */
#define pr_fmt(text) "provoke: " text

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/objtool.h>
#include <linux/poison.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

/* Longer than the lowered limits of the kernel's watchdogs, shorter than a second report of most of them. */
#define HOLD_MS 7000
#define MANY 4096

static char __user *writer;

/* What the compiler cannot know. */
static noinline unsigned long opaque(unsigned long value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

/* --- bad addresses */

static noinline void provoke_null_deref(void)
{
	pr_info("read %d\n", READ_ONCE(*(int *)opaque(8)));
}

static noinline void provoke_null_call(void)
{
	((void (*)(void))opaque(0))();
	barrier();
}

static noinline void provoke_page_fault(void)
{
	void *gone = vmalloc(PAGE_SIZE);

	vfree(gone);
	WRITE_ONCE(*(int *)opaque((unsigned long)gone), 1);
}

static noinline void provoke_write_rodata(void)
{
	static const int constant = 1;

	WRITE_ONCE(*(int *)opaque((unsigned long)&constant), 2);
}

static noinline void provoke_exec_data(void)
{
	static char code[8] = "\xc3";

	((void (*)(void))opaque((unsigned long)code))();
	barrier();
}

static noinline void provoke_gpf(void)
{
	pr_info("read %d\n", READ_ONCE(*(int *)opaque(0xdead000000000100UL)));
}

static void null_deref_timer(struct timer_list *unused)
{
	provoke_null_deref();
}

static DEFINE_TIMER(timer, null_deref_timer);

static noinline void provoke_null_deref_irq(void)
{
	mod_timer(&timer, jiffies + 1);
}

/* --- other traps */

static noinline void provoke_divide_error(void)
{
	unsigned int low = 1, high = 0;

	asm volatile("divl %2" : "+a"(low), "+d"(high) : "r"((unsigned int)opaque(0)));
}

static noinline void provoke_invalid_opcode(void)
{
	/* allowed in system management mode alone; objtool takes what follows ud2 for unreachable and leaves it without unwind tables */
	asm volatile("rsm");
}

static noinline void provoke_int3(void)
{
	asm volatile("int3");
}

static noinline int provoke_stack_overflow_deeper(unsigned long depth)
{
	volatile char frame[512];

	frame[depth % sizeof(frame)] = 1;
	return depth == 0 ? 0 : provoke_stack_overflow_deeper(depth - 1) + frame[depth % sizeof(frame)];
}

static noinline void provoke_stack_overflow(void)
{
	pr_info("%d\n", provoke_stack_overflow_deeper(opaque(1000000)));
}

static noinline void provoke_double_fault(void)
{
	asm volatile("movq %0, %%rsp; pushq %%rax" : : "r"(opaque(0xffff800000000000UL - 4096)));
}
/* objtool would otherwise leave the whole module without unwind tables */
STACK_FRAME_NON_STANDARD(provoke_double_fault);

static noinline void provoke_stack_smash(void)
{
	char small[16];

	OPTIMIZER_HIDE_VAR(writer);
	for (unsigned long at = 0; at < opaque(sizeof(small) + 16); at++)
		WRITE_ONCE(((char *)opaque((unsigned long)small))[at], 'A');
}

/* --- checks */

static noinline void provoke_bug(void)
{
	BUG_ON(opaque(1));
}

static noinline void provoke_warning(void)
{
	WARN(1, "provoke: a warning with words of its own\n");
}

static noinline void provoke_warning_bare(void)
{
	WARN_ON(opaque(1));
}

static noinline void provoke_panic(void)
{
	panic("provoke: on request");
}

static noinline void provoke_refcount(void)
{
	refcount_t count = REFCOUNT_INIT(1);
	bool last = refcount_dec_and_test(&count);

	pr_info("%d\n", last + refcount_dec_and_test(&count));
}

static noinline void provoke_list_corruption(void)
{
	LIST_HEAD(head);
	LIST_HEAD(one);

	list_add(&one, &head);
	list_del(&one);
	list_del(&one);
}

static noinline void provoke_fortify(void)
{
	char *small = kmalloc(16, GFP_KERNEL), *large = kzalloc(64, GFP_KERNEL);

	memcpy(small, large, opaque(64));
	kfree(large);
	kfree(small);
}

static noinline void provoke_usercopy(void)
{
	char *small = kzalloc((size_t)opaque(64), GFP_KERNEL);

	pr_info("%lu\n", copy_to_user(writer, small, opaque(128)));
	kfree(small);
}

/* --- memory */

static noinline void provoke_double_free(void)
{
	void *object = kmalloc(64, GFP_KERNEL);

	kfree(object);
	kfree((void *)opaque((unsigned long)object));
}

static noinline void provoke_use_after_free(void)
{
	static void *again[64];
	char *object = kmalloc(64, GFP_KERNEL);

	kfree(object);
	WRITE_ONCE(((char *)opaque((unsigned long)object))[16], 'A');
	for (int at = 0; at < ARRAY_SIZE(again); at++)
		again[at] = kmalloc(64, GFP_KERNEL);
	for (int at = 0; at < ARRAY_SIZE(again); at++)
		kfree(again[at]);
}

static noinline void provoke_redzone(void)
{
	char *object = kmalloc(64, GFP_KERNEL);

	WRITE_ONCE(((char *)opaque((unsigned long)object))[64], 'A');
	kfree(object);
}

static noinline void provoke_kfence_read(char *object)
{
	kfree(object);
	pr_info("read %d\n", READ_ONCE(*(char *)opaque((unsigned long)object)));
}

static noinline void provoke_kfence(void)
{
	for (int tries = 0; tries < MANY; tries++) {
		char *object = kmalloc(64, GFP_KERNEL);

		if (is_kfence_address(object)) {
			provoke_kfence_read(object);
			return;
		}
		kfree(object);
		usleep_range(500, 1000);
	}
	pr_info("no object of kfence\n");
}

static noinline void provoke_bad_page(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 5);

	page->mapping = (void *)opaque(0xdead0000);
	__free_pages(page, 5);
}

static noinline void provoke_page_alloc_failure(void)
{
	static struct page *pages[1024];
	int count = 0;

	while (count < ARRAY_SIZE(pages) && (pages[count] = alloc_pages(GFP_ATOMIC, 10)) != NULL)
		count++;
	while (count > 0)
		__free_pages(pages[--count], 10);
}

/* --- what must not wait, waits; what must not stay, stays */

static __always_inline void hold(void)
{
	for (int ms = 0; ms < HOLD_MS; ms += 10)
		mdelay(10);
}

static noinline void provoke_atomic_schedule(void)
{
	preempt_disable();
	schedule();
	preempt_enable();
}

static noinline void provoke_soft_lockup(void)
{
	preempt_disable();
	hold();
	preempt_enable();
}

static void nothing(struct rcu_head *unused)
{
}

static noinline void provoke_rcu_stall(void)
{
	static struct rcu_head head;

	call_rcu(&head, nothing);
	preempt_disable();
	hold();
	preempt_enable();
}

static noinline void provoke_rcu_stall_irqs_off(void)
{
	static struct rcu_head head;
	unsigned long flags;

	call_rcu(&head, nothing);
	local_irq_save(flags);
	hold();
	local_irq_restore(flags);
}

static int stay_irqs_off(void *unused)
{
	local_irq_disable();
	hold();
	local_irq_enable();
	return 0;
}

static noinline void provoke_rcu_expedited_stall(void)
{
	struct task_struct *other = kthread_create(stay_irqs_off, NULL, "provoke_stay");

	set_cpus_allowed_ptr(current, cpumask_of(0));
	kthread_bind(other, 1);
	wake_up_process(other);
	msleep(100);
	synchronize_rcu_expedited();
}

static DEFINE_MUTEX(mutex);

static int hold_mutex(void *unused)
{
	mutex_lock(&mutex);
	schedule_timeout_idle(msecs_to_jiffies(HOLD_MS));
	mutex_unlock(&mutex);
	return 0;
}

static noinline void provoke_hung_task(void)
{
	kthread_run(hold_mutex, NULL, "provoke_hold");
	msleep(100);
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
}

static void provoke_hog(struct work_struct *unused)
{
	hold();
}

static DECLARE_WORK(hog, provoke_hog);
static void provoke_wait(struct work_struct *unused)
{
}
static DECLARE_WORK(waiting, provoke_wait);

static noinline void provoke_workqueue_lockup(void)
{
	queue_work_on(1, system_wq, &hog);
	queue_work_on(1, system_wq, &waiting);
}

static irqreturn_t not_mine(int irq, void *unused)
{
	return IRQ_NONE;
}

static noinline void provoke_irq_nobody_cared(void)
{
	int irq = irq_alloc_desc(0);

	irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
	if (request_irq(irq, not_mine, 0, "provoke", NULL))
		return;
	for (int times = 0; times < 100000; times++) {
		local_irq_disable();
		generic_handle_irq(irq);
		local_irq_enable();
	}
}

static unsigned long both_at;

static noinline int provoke_first(void *unused)
{
	while (time_before(jiffies, both_at))
		cpu_relax();
	WARN_ON(opaque(1));
	return 0;
}

static noinline int provoke_second(void *unused)
{
	while (time_before(jiffies, both_at))
		cpu_relax();
	WARN_ON(opaque(2));
	return 0;
}

static noinline void provoke_warnings_at_once(void)
{
	struct task_struct *first = kthread_create(provoke_first, NULL, "provoke_first");
	struct task_struct *second = kthread_create(provoke_second, NULL, "provoke_second");

	kthread_bind(first, 0);
	kthread_bind(second, 1);
	both_at = jiffies + HZ;
	wake_up_process(first);
	wake_up_process(second);
}

/* --- the table */

#define FAULT(name) { #name, provoke_##name }
static const struct {
	const char *name;
	void (*provoke)(void);
} faults[] = {
	FAULT(null_deref), FAULT(null_call), FAULT(page_fault), FAULT(write_rodata), FAULT(exec_data), FAULT(gpf),
	FAULT(null_deref_irq), FAULT(divide_error), FAULT(invalid_opcode), FAULT(int3), FAULT(stack_overflow),
	FAULT(double_fault), FAULT(stack_smash), FAULT(bug), FAULT(warning), FAULT(warning_bare), FAULT(panic),
	FAULT(refcount), FAULT(list_corruption), FAULT(fortify), FAULT(usercopy), FAULT(double_free), FAULT(use_after_free),
	FAULT(redzone), FAULT(kfence), FAULT(bad_page), FAULT(page_alloc_failure), FAULT(atomic_schedule),
	FAULT(soft_lockup), FAULT(rcu_stall), FAULT(rcu_stall_irqs_off), FAULT(rcu_expedited_stall), FAULT(hung_task),
	FAULT(workqueue_lockup), FAULT(irq_nobody_cared), FAULT(warnings_at_once),
};

static ssize_t provoke_write(struct file *file, const char __user *buffer, size_t count, loff_t *pos)
{
	char name[32] = "";

	if (count >= sizeof(name) || copy_from_user(name, buffer, count))
		return -EINVAL;
	writer = (char __user *)buffer;
	for (int at = 0; at < ARRAY_SIZE(faults); at++) {
		if (!sysfs_streq(name, faults[at].name))
			continue;
		faults[at].provoke();
		return count;
	}
	return -ENOENT;
}

static const struct proc_ops provoke_ops = { .proc_write = provoke_write };

static int __init provoke_init(void)
{
	return proc_create("provoke", 0200, NULL, &provoke_ops) ? 0 : -ENOMEM;
}

module_init(provoke_init);
MODULE_DESCRIPTION("makes the kernel do wrong");
MODULE_LICENSE("GPL");
