/**
 * Lets timers, messages and interrupts be handled. TensorFlow calls block the event loop, and awaiting a promise that
 * is already settled does not give it a turn.
 */
export const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
