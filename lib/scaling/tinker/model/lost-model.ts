/**
 * The server has the model no more: it was restarted, or has unloaded the models of a session that was silent. It never
 * leaves this folder: the model is made again from its last save.
 */
export class LostModel extends Error {
  override readonly name = "LostModel";
}

export const isLost = (error: unknown): error is LostModel => (error as Error | undefined)?.name === "LostModel";
