// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: a kernel bug in the handling of one IPv6 extension header. Packets with a destination option of type 0x1e (RFC 4727, for
 * experiments) are counted; more than above_pps of them in a second and the kernel follows a null pointer in softirq context.
 */
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/ipv6.h>

#define OPTION 0x1e
#define MOST_HEADERS 64

static unsigned int above_pps;
module_param(above_pps, uint, 0644);
MODULE_PARM_DESC(above_pps, "packets with the option in one second that the kernel still bears");

static unsigned long second;
static atomic_t seen = ATOMIC_INIT(0);

/* Where the kernel breaks: a function of its own, so that the report names it. */
static noinline void option_oops(void)
{
	*(volatile int *)NULL = 0;
}

static bool holds_option(const struct sk_buff *skb, int at, int length)
{
	int end = at + length;

	for (at += 2; at < end;) {
		u8 option[2];

		if (skb_copy_bits(skb, at, option, sizeof(option)))
			return false;
		if (option[0] == OPTION)
			return true;
		at += option[0] == IPV6_TLV_PAD1 ? 1 : 2 + option[1];
	}
	return false;
}

static bool carries_option(const struct sk_buff *skb)
{
	u8 next = ipv6_hdr(skb)->nexthdr;
	int at = sizeof(struct ipv6hdr);
	int headers;

	for (headers = 0; headers < MOST_HEADERS; headers++) {
		u8 header[2];
		int length;

		if (next != NEXTHDR_HOP && next != NEXTHDR_ROUTING && next != NEXTHDR_DEST)
			return false;
		if (skb_copy_bits(skb, at, header, sizeof(header)))
			return false;
		length = 8 * (header[1] + 1);
		if (next == NEXTHDR_DEST && holds_option(skb, at, length))
			return true;
		next = header[0];
		at += length;
	}
	return false;
}

static int receive(struct sk_buff *skb, struct net_device *dev, struct packet_type *type, struct net_device *orig)
{
	if (skb->pkt_type != PACKET_OUTGOING && carries_option(skb)) {
		unsigned long now = jiffies / HZ;

		if (now != second) {
			second = now;
			atomic_set(&seen, 0);
		}
		if (atomic_inc_return(&seen) > above_pps)
			option_oops();
	}
	kfree_skb(skb);
	return NET_RX_SUCCESS;
}

static struct packet_type every_ipv6_packet = {
	.type = cpu_to_be16(ETH_P_IPV6),
	.func = receive,
};

static int __init option_oops_init(void)
{
	dev_add_pack(&every_ipv6_packet);
	return 0;
}
module_init(option_oops_init);

MODULE_DESCRIPTION("breaks at an IPv6 destination option, for tests");
MODULE_LICENSE("GPL");
