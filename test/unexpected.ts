/** Stands first in `then` where a promise has to be rejected: `work.then(unexpected, (error: Error) => …)`. */
export function unexpected(): never {
  throw new Error("the promise was to be rejected, and has a value");
}
