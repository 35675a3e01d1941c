import { examine } from "../../backend/doctor/examine";
import { command, exitCodes } from "../command/command";
import { flag } from "../command/options";

/** `deepretrieval doctor`: ends with 0 unless something computes slower than it could, or not at all. */
export const doctor = command({
  topic: "Start here",
  words: "doctor",
  calls: "doctor [--json]",
  does: "say what computes here, whether a card does, and why not",
  options: { json: flag("print the findings as JSON on stdout") },
  async run({ json }) {
    const examination = await examine();
    for (const { what, ok, fix } of examination.findings)
      process.stderr.write(`${ok ? "ok  " : "BAD "} ${what}${ok || fix === undefined ? "" : `. ${fix}`}\n`);
    if (json) process.stdout.write(`${JSON.stringify(examination)}\n`);
    return examination.ok ? exitCodes.ok : exitCodes.failed;
  },
});
