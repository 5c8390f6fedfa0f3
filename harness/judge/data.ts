/** What is said of a machine's data, and of the file system that it stands on. */
import { badBlocks, tellBadBlocks } from '../../results/blocks.ts';
import type { Objective, ObjectiveResult } from '../../results/model.ts';
import { all, type Evidence, watched } from './evidence.ts';
import type { Case } from './objectives.ts';

type Judged = Omit<ObjectiveResult, 'name'>;

export function noDataLoss(_: Extract<Objective, { kind: 'no_data_loss' }>, { evidence }: Case): Judged {
  const threshold = 'nothing acknowledged lost';
  const data = all(evidence.records, 'data');
  const acknowledged = data.reduce((sum, record) => sum + record.acknowledged, 0);
  const bad = data.filter((record) => badBlocks(record) > 0);
  if (bad.length > 0) {
    const told = bad.map((record) => `${record.machine}: ${tellBadBlocks(record)}${record.detail ? ` (${record.detail})` : ''}`);
    const measured = `${bad.reduce((sum, record) => sum + badBlocks(record), 0)} bad`;
    return { verdict: 'fail', measured, threshold, reason: told.join('; ') };
  }
  const machines = [...new Set([...watched(evidence, 'storage'), ...data.map((record) => record.machine)])];
  const missing = machines.flatMap((machine) => {
    const mine = data.filter((record) => record.machine === machine);
    if (mine.length === 0) return [`${machine}: its data was never read back`];
    if (mine.some((record) => record.acknowledged === 0)) return [`${machine}: no write was acknowledged, so nothing was at stake`];
    // every slot that must hold something is told once, and none is bad
    return mine
      .filter((record) => record.verified + record.inflight !== record.acknowledged)
      .map(({ acknowledged: of, verified, inflight }) => {
        const replaced = inflight > 0 ? ` and ${inflight} was being replaced` : '';
        return `${machine}: of ${of} acknowledged writes ${verified} were verified${replaced}, the rest is not told`;
      });
  });
  if (machines.length === 0) missing.push('no machine has a storage probe');
  const measured = `${acknowledged} acknowledged, 0 lost`;
  return missing.length > 0
    ? { verdict: 'unknown', measured: '', threshold, reason: missing.join('; ') }
    : { verdict: 'pass', measured, threshold, reason: '' };
}

export function cleanFileSystem(_: Extract<Objective, { kind: 'clean_file_system' }>, { evidence }: Case): Judged {
  const threshold = 'no damage';
  const checks = all(evidence.records, 'fsck');
  const tell = (verdict: 'damaged' | 'unknown', words: string) =>
    checks
      .filter((check) => check.verdict === verdict)
      .map(({ machine, fileSystem, detail }) => `${machine}: ${words.replace('%', fileSystem)}${detail && `: ${detail}`}`);
  const damaged = tell('damaged', 'its % is damaged');
  if (damaged.length > 0) return { verdict: 'fail', measured: `${damaged.length} damaged`, threshold, reason: damaged.join('; ') };
  const machines = withFileSystem(evidence);
  const missing = machines
    .filter((name) => checks.every(({ machine }) => machine !== name))
    .map((name) => `${name}: its file system was never checked`);
  if (machines.length === 0) missing.push('no machine has a file system that is written to');
  const doubts = [...tell('unknown', 'whether its % is damaged is not known'), ...missing];
  return doubts.length > 0
    ? { verdict: 'unknown', measured: '', threshold, reason: doubts.join('; ') }
    : { verdict: 'pass', measured: `${checks.length} clean`, threshold, reason: '' };
}

const withFileSystem = ({ about }: Evidence): string[] =>
  about.machines.filter(({ probes, fileSystem }) => probes.includes('storage') && fileSystem !== 'raw').map(({ name }) => name);
