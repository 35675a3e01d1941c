import { from, within } from "../../core/ranges";
import { bm25Defaults } from "../../search/bm25";
import { flag, number } from "../command/options";

/** The parameters of BM25, of each command that has them. */
export const bm25Options = {
  k1: number("X", `BM25's k1 (default: ${bm25Defaults.k1})`, from(0), bm25Defaults.k1),
  b: number("X", `BM25's b (default: ${bm25Defaults.b})`, within(0, 1), bm25Defaults.b),
  contents: flag('send "contents:" before every query, as the reference does'),
};
