/** A binary heap over an array of numbers; `before(a, b)` says that a belongs above b. */
export type Before = (a: number, b: number) => boolean;

/** Puts an item in, in O(log n). */
export function push(heap: number[], item: number, before: Before): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(heap[at], heap[parent])) return;
    [heap[parent], heap[at]] = [heap[at], heap[parent]];
    at = parent;
  }
}

/** Takes the top; undefined when empty. */
export function pop(heap: number[], before: Before): number | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (heap.length > 0) {
    heap[0] = last as number;
    sink(heap, 0, before);
  }
  return top;
}

/** Orders an array into a heap in linear time. */
export function heapify(heap: number[], before: Before): number[] {
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(heap, at, before);
  return heap;
}

function sink(heap: number[], from: number, before: Before): void {
  for (let at = from; ; ) {
    let top = at;
    for (let child = 2 * at + 1; child <= 2 * at + 2 && child < heap.length; child++) if (before(heap[child], heap[top])) top = child;
    if (top === at) return;
    [heap[top], heap[at]] = [heap[at], heap[top]];
    at = top;
  }
}
