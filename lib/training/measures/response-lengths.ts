import { mean, spread } from "../estimators/masked";

const shareOf = (values: readonly number[], fits: (value: number) => boolean): number =>
  mean(values.map((value) => Number(fits(value))));

/**
 * Metrics of response lengths under verl's names. A response of no token is one that was aborted: the metrics named
 * `non_aborted` leave it out.
 *
 * @param lengths [B] response tokens
 * @param limit the largest length: a response that has it was cut
 */
export function responseLengths(lengths: readonly number[], limit: number): Record<string, number> {
  const cut = (some: readonly number[]) => shareOf(some, (length) => length >= limit);
  const present = lengths.filter((length) => length > 0);
  return {
    ...spread("response_length", lengths),
    "response_length/clip_ratio": cut(lengths),
    ...(present.length > 0 && {
      ...spread("response_length_non_aborted", present),
      "response_length_non_aborted/clip_ratio": cut(present),
    }),
    "response/aborted_ratio": shareOf(lengths, (length) => length === 0),
  };
}
