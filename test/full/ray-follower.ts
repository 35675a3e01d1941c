import { ray } from "../../lib/scaling/ray/ray";

/** Finds the job of a folder in a process of its own, and prints the steps of its log: ADDRESS FOLDER. */
async function follow(url: string, folder: string): Promise<void> {
  const job = await ray(url).attach({ folder });
  for await (const step of job) process.stdout.write(`${JSON.stringify(step)}\n`);
}

void follow(process.argv[2]!, process.argv[3]!);
