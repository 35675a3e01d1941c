import * as assert from "uvu/assert";

/** Passes if the promise that `call` gives is rejected with this message. */
export async function rejects(call: () => Promise<unknown>, message: RegExp): Promise<void> {
  let said: string | undefined;
  try {
    await call();
  } catch (error) {
    said = (error as Error).message;
  }
  assert.match(said ?? "it was not rejected", message);
}
