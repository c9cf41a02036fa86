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

/** Runs the subjects in turn, so that whatever else the machine does meets all of them alike; milliseconds per operation. */
export async function measureTogether(subjects: readonly Subject[], runs: number, warmUps = 3): Promise<Record<string, Timing>> {
  const samples = subjects.map(() => ({ cpu: [] as number[], wall: [] as number[] }));
  for (let turn = -warmUps; turn < runs; turn++) {
    for (const [i, { run, operations = 1 }] of subjects.entries()) {
      const wall = performance.now();
      const cpu = threadMilliseconds();
      await run();
      if (turn < 0) continue;
      samples[i].cpu.push((threadMilliseconds() - cpu) / operations);
      samples[i].wall.push((performance.now() - wall) / operations);
    }
  }
  return Object.fromEntries(subjects.map(({ name }, i) => [name, { cpu: median(samples[i].cpu), wall: median(samples[i].wall), runs }]));
}
