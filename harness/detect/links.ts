/** One fault, one event: which earlier event a later one only follows from. */
import { FOLLOW_S, type Recognised } from './table.ts';

/** What happened since the last boot, by kind: what a later event may follow from. */
export type Past = Map<string, { readonly id: number; readonly time: number | undefined }>;

/** The id of the event that `found` follows from. Nothing that a panicked kernel still prints is a fault of its own. */
export function causeOf({ row }: Recognised, time: number | undefined, past: Past): number | undefined {
  if (row.class === 'crash' || row.class === 'hang') {
    const panic = past.get('panic');
    if (panic !== undefined) return panic.id;
  }
  const causes = (row.follows ?? []).map((kind) => past.get(kind)).filter((cause) => cause !== undefined);
  // A panic names its cause and a restart ends a boot, however long ago; for the others only nearness speaks.
  const limit_s = row.kind === 'panic' || row.class === 'lifecycle' ? Number.POSITIVE_INFINITY : (row.within_s ?? FOLLOW_S);
  const near = causes.filter((cause) => time === undefined || cause.time === undefined || time - cause.time <= limit_s);
  return near.length === 0 ? undefined : Math.max(...near.map((cause) => cause.id));
}
