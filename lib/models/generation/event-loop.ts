/** Lets timers, messages and interrupts be handled: TensorFlow calls block the event loop, and an await alone does not free it. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
