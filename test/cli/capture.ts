import { main } from "../../lib/cli/main";

/** What a command returned and wrote. */
export interface Outcome {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `command` with stdout and stderr caught. */
export async function captured(command: () => Promise<number>): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  const real = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ["stdout", "stderr"] as const)
    process[name].write = (text: string | Uint8Array) => ((written[name] += String(text)), true);
  try {
    return { exit: await command(), out: written.stdout, err: written.stderr };
  } finally {
    Object.assign(process.stdout, { write: real.stdout });
    Object.assign(process.stderr, { write: real.stderr });
  }
}

/** Runs a command line, whose exit code is this test's no longer than that. */
export const commandLine = (...argv: string[]): Promise<Outcome> =>
  captured(async () => {
    try {
      await main(argv);
      return Number(process.exitCode ?? 0);
    } finally {
      process.exitCode = undefined;
    }
  });
