import type { Service } from "../../serving/http/service";
import type { Options, Values } from "../command/options";

/** Something that `deepretrieval serve` can offer: its options, and how its services are made from them. */
export interface Part {
  readonly options: Options;
  /** Whether the options ask for it. */
  readonly asked: (values: Values<Options>) => boolean;
  /** Makes its services, which the server closes. Rejects where one cannot be made: the server then does not start. */
  readonly open: (values: Values<Options>) => Promise<readonly Service[]>;
}

/** A part whose functions get the values of its own options. */
export const part = <O extends Options>(declaration: {
  readonly options: O;
  readonly asked: (values: Values<O>) => boolean;
  readonly open: (values: Values<O>) => Promise<readonly Service[]>;
}): Part => declaration as unknown as Part;
