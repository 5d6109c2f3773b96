/** The first difference between the two cores, as the error that ends the machine. */
import type { LockstepReport } from '../types.ts';
import { describeDifference } from './describe.ts';

/** Differences in the message; the report has them all. */
const SHOWN = 3;

export class Mismatch extends Error {
  readonly report: LockstepReport;

  constructor(report: LockstepReport) {
    const shown = report.differences.slice(0, SHOWN).map(describeDifference).join(', ');
    super(`interpreter and translator differ after instruction ${report.to}: ${shown}`);
    this.name = 'Mismatch';
    this.report = report;
  }
}
