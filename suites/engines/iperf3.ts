/** iperf3(1) at a station: established TCP, many flows at once, to a server on the machine or behind it. */
import { z } from 'zod';
import { InfraError } from '../../results/errors.ts';
import type { Engine } from './engine.ts';

export interface Iperf3Params {
  readonly flows: number;
  readonly port: number;
}

const Sum = z.object({ bytes: z.number(), bits_per_second: z.number(), retransmits: z.number().optional() });
/** The part of `--json` that is read. */
const Report = z.object({ end: z.object({ sum_sent: Sum, sum_received: Sum }) });

export const iperf3: Engine<Iperf3Params> = {
  name: 'iperf3',
  package: 'iperf3',
  place: 'station',
  command({ flows, port }, for_s, aim) {
    if (aim === undefined) throw new InfraError('iperf3 needs somebody to connect to');
    const target = ['--version6', '--client', aim.destination, '--bind', aim.source, '--port', String(port)];
    return { argv: ['iperf3', ...target, '--parallel', String(flows), '--time', String(for_s), '--json'] };
  },
  figures(stdout) {
    if (stdout.trim() === '') return {};
    let json: unknown;
    try {
      json = JSON.parse(stdout);
    } catch (cause) {
      throw new InfraError('iperf3 printed no report', { cause });
    }
    const report = Report.safeParse(json);
    if (!report.success) throw new InfraError('iperf3 printed a report of another form', { cause: report.error });
    const { sum_sent, sum_received } = report.data.end;
    return {
      sent_bytes: sum_sent.bytes,
      received_bytes: sum_received.bytes,
      received_bits_per_s: Math.round(sum_received.bits_per_second),
      retransmits: sum_sent.retransmits ?? 0,
    };
  },
};
