/** All commands, in the order of --help. A new one is a file here and a line below. */
import type { CommandModule } from '../command.ts';
import { auditCompare } from './audit-compare.ts';
import { auditVerify } from './audit-verify.ts';
import { check } from './check.ts';
import { decide, replay } from './decide.ts';
import { demo } from './demo.ts';
import { init } from './init.ts';
import { node } from './node.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { steps } from './steps.ts';

export const commands: readonly CommandModule[] = [
  demo,
  init,
  node,
  check,
  run,
  ...steps,
  decide,
  replay,
  report,
  auditVerify,
  auditCompare,
];
