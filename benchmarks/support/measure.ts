/** Medians of repeated runs. Time is the CPU time of the calling thread (a shared machine stretches the wall clock), with the wall clock beside. */

export interface Timing {
  /** Median milliseconds of CPU time of the calling thread. */
  readonly cpu: number;
  /** Median milliseconds on the wall clock. */
  readonly wall: number;
  readonly runs: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const threadMilliseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

export interface Subject {
  readonly name: string;
  /** Operations one call performs. @default 1 */
  readonly operations?: number;
  readonly run: () => unknown;
}

/** A sample repeats its subject for about this long: some systems count a thread's time in steps of 4 ms. */
const SAMPLE_MILLISECONDS = 80;

/** Runs the subjects in turn, so that whatever else the machine does meets all of them alike; milliseconds per operation. */
export async function measureTogether(subjects: readonly Subject[], runs: number): Promise<Record<string, Timing>> {
  const samples = subjects.map(() => ({ cpu: [] as number[], wall: [] as number[] }));
  const repeats: number[] = [];
  for (const { run } of subjects) repeats.push(await calibrate(run));
  for (let turn = 0; turn < runs; turn++) {
    for (const [i, { run, operations = 1 }] of subjects.entries()) {
      const wall = performance.now();
      const cpu = threadMilliseconds();
      for (let r = 0; r < repeats[i]; r++) await run();
      samples[i].cpu.push((threadMilliseconds() - cpu) / (operations * repeats[i]));
      samples[i].wall.push((performance.now() - wall) / (operations * repeats[i]));
    }
  }
  return Object.fromEntries(subjects.map(({ name }, i) => [name, { cpu: median(samples[i].cpu), wall: median(samples[i].wall), runs }]));
}

/** Runs until the code is compiled; then how many calls make a sample. */
async function calibrate(run: () => unknown): Promise<number> {
  const started = threadMilliseconds();
  let calls = 0;
  for (; threadMilliseconds() - started < 2 * SAMPLE_MILLISECONDS; calls++) await run();
  return Math.max(1, Math.round(calls / 2));
}
