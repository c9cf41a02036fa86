import { loadSealEngine } from '../../src/he/seal/index.ts';
import { describeEngine } from './conformance.ts';

describeEngine('seal', loadSealEngine);
