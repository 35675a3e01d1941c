import path from "node:path";
import { from, whole } from "../../core/ranges";
import { batchingDefaults, servedModel } from "../../serving/batching/served-model";
import { openAIService } from "../../serving/openai/openai-service";
import { endpoint } from "../../serving/rewriting/endpoint";
import { pageService } from "../../serving/page/page-service";
import { rewriteTasks } from "../../serving/rewriting/rewrite-tasks";
import { rewritingService } from "../../serving/rewriting/rewriting-service";
import { sampledSource, servedSource } from "../../serving/rewriting/text-source";
import { flag, number, text } from "../command/options";
import { UsageError } from "../command/usage";
import { examplesOption, pageTasks } from "./page-tasks";
import { part } from "./part";
import { embeddedNote, enginesOf, isEmbedded, modelOptions, policyNamed } from "./rewrite-source";

const { batch, queue, cacheBytes, seconds } = batchingDefaults;

const options = {
  ...modelOptions,
  embedded: flag("serve the policy that comes with this package, which knows synthetic questions only"),
  endpoint: text("URL", "rewrite with the model behind an OpenAI-compatible server, instead of --model"),
  examples: examplesOption,
  name: text("NAME", "what clients call the model (default: its Hub id, or the name of its folder)"),
  batch: number("N", `completions at once (${batch})`, whole(1), batch),
  queue: number("N", `completions that may wait; more are refused with 429 (${queue})`, whole(0), queue),
  cacheMb: number("N", `memory of keys and values (${cacheBytes / 1e6})`, from(1), cacheBytes / 1e6),
  answerSeconds: number("N", `for one answer, waiting included (${seconds})`, whole(1), seconds),
};

/** `deepretrieval serve --model`: OpenAI's API, POST /rewrite, POST /search and the page at /. */
export const modelPart = part({
  options,
  asked: ({ model, endpoint, embedded }) => model !== undefined || endpoint !== undefined || embedded,
  open: async (values) => {
    const { model: given, adapter, search, embedded, endpoint: url, answerSeconds } = values;
    if ([given !== undefined, url !== undefined, embedded].filter(Boolean).length > 1)
      throw new UsageError("--model, --endpoint and --embedded: which one? Give one of them");
    if (url !== undefined) {
      const source = sampledSource(endpoint(url));
      const engineOf = enginesOf(search, false);
      return [
        rewritingService({ source, tasks: rewriteTasks(), engineOf, seconds: answerSeconds }),
        pageService(pageTasks(values.examples, { own: false, search, engineOf })),
      ];
    }
    const own = given === undefined || isEmbedded(given);
    const engineOf = enginesOf(search, own);
    const page = pageService(pageTasks(values.examples, { own, search, engineOf }));
    const policy = await policyNamed(given, adapter);
    if (given === undefined) process.stderr.write(`${embeddedNote}\n`);
    const served = servedModel(policy, values.name ?? shortName(policy.name), {
      batch: values.batch,
      queue: values.queue,
      cacheBytes: values.cacheMb * 1e6,
      seconds: answerSeconds,
    });
    const tasks = rewriteTasks({ brief: own, chat: served.chat });
    const rewriting = { source: servedSource(served), tasks, engineOf, seconds: answerSeconds };
    return [
      rewritingService({ ...rewriting, ...(own && { maxTokens: 144 }) }),
      page,
      { ...openAIService([served]), close: async () => (await served.close(), policy.dispose()) },
    ];
  },
});

/** A Hub id as it is; of a path, which would tell clients about this machine, the last part. */
const shortName = (name: string): string =>
  /^[\w.-]+\/[\w.-]+$/.test(name) && !path.isAbsolute(name) ? name : path.basename(name).replace(/\.\w+$/, "");
