import type { DecoderConfig } from "../../decoder/config";

/** Bytes of the keys and values of one column of one row, in all layers. */
export const cacheBytesOf = ({ num_hidden_layers: L, num_key_value_heads: K, head_dim: D }: DecoderConfig): number =>
  4 * 2 * L * K * D;
