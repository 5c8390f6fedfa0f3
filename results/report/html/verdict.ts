/** Verdicts as people see them: a word and a sign, never a colour alone. */
import type { EventClass, Severity, Verdict } from '../../model.ts';
import { html, type Markup } from './markup.ts';

const SIGNS: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✕', unknown: '?', skip: '–' };

export const MEANINGS: Readonly<Record<Verdict, string>> = {
  pass: 'every objective was met, and the evidence for it is whole',
  fail: 'the kernel missed an objective, or died',
  unknown: 'it could not be told; this is never a pass',
  skip: 'not done, with the reason',
};

export const chip = (verdict: Verdict): Markup =>
  html`<span class="chip ${verdict}"><span aria-hidden="true">${SIGNS[verdict]}</span> ${verdict.toUpperCase()}</span>`;

/** The sign that stands for a class of events on the timeline and beside its console. */
export const EVENT_SIGNS: Readonly<Record<EventClass, string>> = {
  crash: '✕',
  hang: '◆',
  memory: '■',
  storage: '▲',
  network: '●',
  hardware: '✚',
  lifecycle: '○',
};

export const eventChip = (kind: EventClass, severity: Severity): Markup =>
  html`<span class="tag ${severity}"><span aria-hidden="true">${EVENT_SIGNS[kind]}</span> ${kind}, ${severity}</span>`;
