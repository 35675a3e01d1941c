import type { Store } from "../exchange";
import type { Gate } from "../gate";

/** What several processes that ask the same services share. Whoever opened it closes it. */
export interface Shared {
  /** The gate of a host: all processes together keep its pace. */
  gate(host: string): Gate;
  /** The answers that any of them got. */
  readonly store: Store;
  close(): Promise<void>;
}
