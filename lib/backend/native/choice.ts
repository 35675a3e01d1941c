import { RefusedSetting } from "../refused-setting";

/** What DEEPRETRIEVAL_NATIVE may be, as in lib/setup/native/choice.js. */
const choices = ["cuda", "cpu", "off"] as const;
type Choice = (typeof choices)[number];

/**
 * What DEEPRETRIEVAL_NATIVE asks for: a card, the processor, or no native TensorFlow. Undefined where it is unset: the
 * card is then used if TensorFlow finds one.
 * @throws RefusedSetting for a name that is none
 */
export function nativeChoice(env: NodeJS.ProcessEnv = process.env): Choice | undefined {
  const wanted = env["DEEPRETRIEVAL_NATIVE"];
  if (!wanted) return undefined;
  if ((choices as readonly string[]).includes(wanted)) return wanted as Choice;
  throw new RefusedSetting(
    `DEEPRETRIEVAL_NATIVE is ${JSON.stringify(wanted)}, which is none of ${choices.join(", ")}. ` +
      "Set it to one of these, or unset it.",
  );
}

/**
 * What the settings ask of a card, where the processor computes: a sentence each.
 *
 * @param reason why there is no card, as `whyNoCard` says it
 */
export const missedOnProcessor = (env: NodeJS.ProcessEnv = process.env, reason = ""): string[] => [
  ...(env["DEEPRETRIEVAL_NATIVE"] === "cuda" || reason
    ? [
        `native: ${env["DEEPRETRIEVAL_NATIVE"] === "cuda" ? "DEEPRETRIEVAL_NATIVE=cuda asks for a card, and " : ""}` +
          `TensorFlow finds none${reason && `: ${reason}`}. The processor computes.`,
      ]
    : []),
  ...(env["DEEPRETRIEVAL_PRECISION"] && env["DEEPRETRIEVAL_PRECISION"] !== "f32"
    ? [
        `native: DEEPRETRIEVAL_PRECISION=${env["DEEPRETRIEVAL_PRECISION"]} is for cards. ` +
          "The processor computes in float32.",
      ]
    : []),
];
