import { algorithmsMarkdown } from "../../training/algorithms/algorithm-table";
import { command, exitCodes } from "../command/command";

/** `deepretrieval algorithms` */
export const algorithms = command({
  topic: "Data and models",
  words: "algorithms",
  calls: "algorithms",
  does: "what each training algorithm needs, and what a profile changes in it",
  options: {},
  run: async () => {
    process.stdout.write(algorithmsMarkdown());
    return exitCodes.ok;
  },
});
