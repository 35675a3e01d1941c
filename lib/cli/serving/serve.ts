import { httpDefaults, httpRanges, logLevels } from "../../serving/http/http-settings";
import { listen } from "../../serving/http/listen";
import { addProcessMetrics, metricsRegistry } from "../../serving/http/metrics";
import { createServer } from "../../serving/http/server";
import type { Service } from "../../serving/http/service";
import { command, exitCodes } from "../command/command";
import { number, oneOf, type Options, text, type Values } from "../command/options";
import { stopSignals } from "../command/stop-signals";
import { UsageError } from "../command/usage";
import { version } from "../command/version";
import { parts } from "./parts";

const { host, port, bodyLimit, requestSeconds, graceSeconds, logLevel } = httpDefaults;
const keyVariable = "DEEPRETRIEVAL_API_KEY";

const server = {
  host: text("ADDRESS", `where to listen (${host}: this machine only)`),
  port: number("N", `0 takes any free port (${port})`, httpRanges.port, port),
  apiKey: text("KEY", `what requests must bring as Authorization: Bearer KEY (${keyVariable})`),
  bodyLimit: number("BYTES", `of a request (${bodyLimit})`, httpRanges.bodyLimit, bodyLimit),
  requestSeconds: number("N", `in which a request must come (${requestSeconds})`, httpRanges.requestSeconds, undefined),
  graceSeconds: number("N", `for requests in flight at the end (${graceSeconds})`, httpRanges.graceSeconds, undefined),
  logLevel: oneOf("LEVEL", `${logLevels.join(", ")} (${logLevel})`, logLevels, logLevel),
};

const options: Options = { ...Object.assign({}, ...parts.map((part) => part.options)), ...server };

/** `deepretrieval serve`. */
export const serve = command({
  topic: "Serving",
  words: "serve",
  calls: "serve [options]",
  does: "answer over HTTP: rewriting, searching, rewards",
  options,
  notes:
    "Logs are lines of JSON on stderr. The first Ctrl-C lets requests in flight finish; the second one cuts them off.",
  run: (values) => run(values, values as Values<typeof server>),
});

async function run(values: Values<Options>, settings: Values<typeof server>): Promise<number> {
  const asked = parts.filter((part) => part.asked(values));
  if (asked.length === 0)
    throw new UsageError(
      `what to serve? Give one of ${parts.map((part) => `--${Object.keys(part.options)[0]}`).join(", ")}`,
    );
  const given = Object.fromEntries(
    Object.keys(server).flatMap((name) => {
      const value = settings[name as keyof typeof server] ?? (name === "apiKey" ? process.env[keyVariable] : undefined);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const services: Service[] = [];
  const metrics = metricsRegistry();
  const stop = stopSignals((again) => {
    process.stderr.write(
      again ? "Cutting off what is in flight.\n" : "Finishing what is in flight. Ctrl-C cuts it off.\n",
    );
  });
  try {
    for (const part of asked) services.push(...(await part.open(values)));
    const app = await createServer(services.splice(0), given, { version: version(), metrics });
    addProcessMetrics(metrics);
    const { url, close } = await listen(app, given);
    process.stdout.write(`Serving at ${url}; ${url}/openapi.json says what.\n`);
    await fired(stop.interrupt);
    await close(stop.kill);
    return exitCodes.ok;
  } finally {
    stop.release();
    for (const service of services) await service.close?.(); // those that no server has taken over
  }
}

const fired = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
