/**
 * Keeps a few batches under way at once and hands their results on in order.
 */

/**
 * Calls `start(i)` for i = 0..count-1, at most `width` unfinished at a time, and awaits `finish(i, result)` in order. The first failure
 * of either ends the pipeline; results still under way are ignored.
 */
export async function inOrder<T>(
  count: number,
  width: number,
  start: (i: number) => Promise<T>,
  finish: (i: number, result: T) => Promise<void> | void,
): Promise<void> {
  const underWay: Promise<T>[] = [];
  for (let next = 0, done = 0; done < count; done++) {
    while (next < count && underWay.length < width) {
      const result = start(next);
      result.catch(() => {}); // reported where it is awaited, or not at all after an earlier failure
      underWay.push(result);
      next += 1;
    }
    await finish(done, (await underWay.shift()) as T);
  }
}
