import { withoutTimeColumns } from "./time-columns";

/**
 * What differs between two honest runs of the same notebook, on two machines or in a folder that has the journal of an
 * earlier run, and what stands in its place. In this order.
 * Long decimals keep six digits: sums are rounded differently on different machines.
 */
const rules: readonly (readonly [pattern: RegExp, instead: string | ((text: string) => string)])[] = [
  [/\x1b\[[\d;]*[A-Za-z]/g, ""], // colours
  [/^.*\r(?=[^\n])/gm, ""], // what a terminal wrote over
  [/\r/g, ""],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b/g, "<date>"],
  [/\b\d{1,2}:\d\d:\d\d(?:\.\d+)?\b/g, "<time>"],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, "<id>"],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b/gi, "<hash>"],
  [/(?<![\w.:/])(?:file:\/\/)?(?:[A-Za-z]:)?(?:[\\/][\w.@~+-]+){2,}[\\/]?/g, "<path>"],
  [/\b(seconds?|timing|elapsed)\b(\D{0,12}?)[\d.]+(?:e[+-]?\d+)?(?:( → )[\d.]+)?/gi, "$1$2<duration>"],
  [/\b\d+ h \d+ min\b/g, "<duration>"],
  [/(?<![\w.])\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|sec|seconds?|min|minutes?|h|hours?)\b/g, "<duration>"],
  [/(?<! ) *<duration>\/\w+(?= )/g, ""], // the pace of a loop; there is none where a journal has everything already
  [/\bfinished after <duration>/g, "finished"],
  [/\btakes (about )?<duration>.*$/gm, "takes <duration>"], // and what that time is made of
  [/\b(?:TensorFlow|tfjs) \d+\.\d+\.\d+/g, "<backend>"],
  [/(?<!\d)-?\d+\.\d{7,}(?:e[+-]?\d+)?/gi, (number) => String(Number(Number(number).toPrecision(6)))],
  [/(?<![ \t])[ \t]+$/gm, ""],
];

/** `text` without times, dates, paths, hashes and the last digits of long decimals. */
export function scrub(text: string): string {
  return rules
    .reduce(
      (scrubbed, [pattern, instead]) =>
        typeof instead === "string" ? scrubbed.replace(pattern, instead) : scrubbed.replace(pattern, instead),
      withoutTimeColumns(text),
    )
    .trimEnd();
}
