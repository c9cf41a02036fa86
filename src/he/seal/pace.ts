/** Heavy steps run on the caller's thread; between them the event loop gets its turn, or a node would miss gRPC keepalives. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
