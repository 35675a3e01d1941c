import { join } from "node:path";
import { temporaryFolder } from "../fixtures";
import { manners, recordedErrors } from "../search/remote/manners";

/**
 * The E-utilities client against a loopback server that counts 10 requests a second and throws every recorded error.
 * `questions=N`, about N/5 seconds.
 */
export async function bench({ questions = "200" }: Record<string, string>, log: (line: string) => void) {
  log(`${questions} questions at 10 requests a second, half of the replies an error`);
  return manners(
    Number(questions),
    recordedErrors(join(__dirname, "../../../shared/data/eutils/errors.json")),
    temporaryFolder(),
  );
}
