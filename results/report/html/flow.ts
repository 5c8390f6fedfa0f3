/** Where a flood's packets went. */
import { percent } from '../curve-words.ts';
import { bar, shareBar } from './bars.ts';
import { html, type Markup } from './markup.ts';
import type { Story } from './story.ts';
import { part, table } from './table.ts';
import { grouped } from './words.ts';

const PLACES: Readonly<Record<string, string>> = {
  link: 'on the link',
  ring: "at the card's ring",
  card: 'by the card',
  softnet: "at a processor's backlog",
  ipv6: 'by the IPv6 layer',
  reassembly: 'in reassembly',
  socket: 'at a socket',
  conntrack: 'by connection tracking',
};

export function flowPart({ result }: Story): Markup | undefined {
  const flow = result?.flow;
  if (flow === undefined) return undefined;
  const {
    machine,
    engine,
    offered_packets,
    offeredShareOfLine,
    received_packets,
    delivered_packets,
    forwarded_packets,
    lost,
    softirqShares,
  } = flow;
  const of = (packets: number): number => packets / Math.max(1, offered_packets);
  const row = (name: string, packets: number, colour: string) => [
    name,
    grouped(packets),
    percent(Math.min(9.99, of(packets))),
    shareBar(of(packets), colour),
  ];
  return part(3, 'Where the packets went', [
    html`<p>${engine} offered ${grouped(offered_packets)} packets to ${machine}${offeredShareOfLine === undefined ? '' : `, ${percent(offeredShareOfLine)} of line rate`}.</p>`,
    table({
      caption: 'Packets of the flood, as shares of what was offered; other traffic of the machine is counted too',
      head: ['', '#packets', '#of offered', ''],
      rows: [
        row('received', received_packets, 'good'),
        row('delivered', delivered_packets, 'good'),
        ...(forwarded_packets > 0 ? [row('forwarded', forwarded_packets, 'good')] : []),
        ...Object.entries(lost)
          .filter(([, packets]) => packets > 0)
          .map(([place, packets]) => row(`lost ${PLACES[place] ?? `at ${place}`}`, packets, 'bad')),
      ],
    }),
    table({
      caption: "Softirq: share of each processor's time during the flood",
      head: ['processor', '#softirq', ''],
      rows: softirqShares.map((share, cpu) => [`cpu${cpu}`, percent(share), bar([{ from: 0, to: share, colour: 'storm' }])]),
    }),
  ]);
}
