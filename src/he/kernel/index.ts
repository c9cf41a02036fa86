/** he/kernel: the WASM SIMD engine, and what its tests and benchmarks look into. */
export { type KernelEngine, type KernelOptions, loadKernelEngine } from './engine.ts';
export type { KernelEvaluator, MultiplyOptions } from './evaluator.ts';
export type { KernelKeyHolder } from './key-holder.ts';
export { type MemoryLimits, type MemoryPlan, type ProductShape, planMemory } from './memory-plan.ts';
export type { KernelOperand } from './operand.ts';
