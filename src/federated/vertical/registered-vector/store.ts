/** What either end of a registration keeps, as bytes under short keys: a job's store in a node, this one in a process that forgets. */
export interface RegistrationStore {
  /** The caller's own copy. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Durable and whole once it resolves. */
  put(key: string, value: Uint8Array): Promise<void>;
}

/** Forgets at exit: one registration of one process, for examples and tests. Each end needs its own. */
export function memoryRegistrations(): RegistrationStore {
  const values = new Map<string, Uint8Array>();
  return {
    get: async (key) => values.get(key)?.slice(),
    put: async (key, value) => void values.set(key, value.slice()),
  };
}
