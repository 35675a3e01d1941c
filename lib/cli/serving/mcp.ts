import { whole } from "../../core/ranges";
import { mcpServer } from "../../serving/mcp/mcp-server";
import { serveStdio } from "../../serving/mcp/stdio";
import { retrievalTools } from "../../serving/mcp/retrieval-tools";
import { rewriteDefaults } from "../../serving/rewriting/rewrite";
import { command, exitCodes } from "../command/command";
import { number, text, type Values } from "../command/options";
import { stopSignals } from "../command/stop-signals";
import { version } from "../command/version";
import { openedRewriting } from "./opened-rewriting";
import { enginesOf, modelOptions } from "./rewrite-source";

const options = {
  ...modelOptions,
  endpoint: text("URL", "an OpenAI-compatible server, such as http://127.0.0.1:8000, in the place of --model"),
  maxTokens: number("N", `of each rewrite (${rewriteDefaults.maxTokens})`, whole(1), rewriteDefaults.maxTokens),
};

/** `deepretrieval mcp`. */
export const mcp = command({
  topic: "Serving",
  words: "mcp",
  calls: "mcp [options]",
  does: "offer rewriting, searching and scoring to an assistant, over stdio",
  options,
  notes:
    "A server of the Model Context Protocol with the tools rewrite_query, search and score_query. stdout is the\n" +
    "protocol; all else goes to stderr. A corpus of your own: --search pubmed=corpus:FILE or --search beir=bm25:DIR.",
  run,
});

const instructions =
  "Tools for finding scientific literature. Use search for a question; rewrite_query where only the query is wanted; " +
  "score_query to see how many of some known documents a query finds. An error means that nothing was searched.";

async function run(values: Values<typeof options>): Promise<number> {
  const stop = stopSignals(() => undefined);
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const { source, own, tasks, close } = await openedRewriting(values);
  try {
    const engineOf = enginesOf(values.search, own);
    const tools = retrievalTools({ source, tasks, engineOf, maxTokens: values.maxTokens });
    log(`Model: ${source.name}. Waiting for a client on stdin.`);
    await serveStdio(mcpServer(tools, { version: version(), instructions, log }), stop.interrupt);
    return exitCodes.ok;
  } finally {
    stop.release();
    await close();
  }
}
