/** How a host bore each load that a search offered. */
import { byLoad } from '../../curve.ts';
import { renderCurveSvg } from '../curve-svg.ts';
import { goalName, goalText, latency, OUTCOME_WORDS, PROBE_NAMES, percent, rate, recoveryText } from '../curve-words.ts';
import { html, type Markup, trusted } from './markup.ts';
import type { Story } from './story.ts';
import { folded, part, sentences, table } from './table.ts';

export function curvePart({ name, result }: Story): Markup | undefined {
  const curve = result?.curve;
  if (result === undefined || curve === undefined) return undefined;
  const loads = byLoad(curve.points);
  const probes = Object.entries(PROBE_NAMES).filter(([figure]) =>
    loads.some((load) => load.probes[figure as keyof typeof load.probes] !== undefined),
  );
  return part(3, 'How it bore the load', [
    sentences([
      ...curve.goals.map((goal) => `${goalName(goal)}: ${goalText(goal)}`),
      ...(curve.systemRecovery === undefined ? [] : [`system recovery: ${recoveryText(curve.systemRecovery)}`]),
    ]),
    // its texts are escaped where it is made
    html`<figure class="picture-frame">${trusted(renderCurveSvg(curve, { title: name, subtitle: [result.candidate, ...(result.tweaks ?? [])].join(', ') }))}</figure>`,
    folded('the figures', [
      table({
        caption: 'Each offered load; latencies are 99th percentiles',
        head: ['offered', '#of line', '#received', '#loss', '#softirq', ...probes.map(([, probe]) => `#${probe}`), 'outcome'],
        rows: loads.map((load) => [
          rate(load.offered_pps),
          load.offeredShareOfLine === undefined ? '–' : percent(load.offeredShareOfLine),
          rate(load.received_pps),
          percent(load.lossRatio),
          load.softirqShare === null ? '–' : percent(load.softirqShare),
          ...probes.map(([figure]) => latency(load.probes[figure as keyof typeof load.probes])),
          `${OUTCOME_WORDS[load.outcome]}${load.why === undefined ? '' : `: ${load.why}`}`,
        ]),
      }),
    ]),
  ]);
}
