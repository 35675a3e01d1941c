import { postJson, type JsonReply, type ServerOptions } from "../../core/http/post-json";
import { finiteFigures, type Sink } from "./sink";

/** Where a run is kept. */
export interface WandbOptions extends ServerOptions {
  readonly project?: string; // "deepretrieval" if absent; made where it is not there
  readonly entity?: string; // a person or a team; the owner of the key if absent
  readonly run?: string; // the run's name; its id if absent
  readonly settings?: Readonly<Record<string, unknown>>; // kept as the run's configuration
  readonly server?: string; // "https://api.wandb.ai" if absent
}

/** Makes a run, or finds the one of that id, and says to whom it belongs. */
const upsert = `
mutation UpsertBucket($name: String, $project: String, $entity: String, $displayName: String, $config: JSONString) {
  upsertBucket(
    input: { name: $name, modelName: $project, entityName: $entity, displayName: $displayName, config: $config }
  ) {
    bucket { id name project { name entity { name } } }
  }
}`;

/** What the server says about the run that was made. */
interface Made {
  readonly bucket?: { readonly name?: string; readonly project?: { name?: string; entity?: { name?: string } } };
}

/**
 * Keeps the figures of a run on Weights & Biases, by the HTTP API that its own client uses. Its JavaScript SDK is not
 * used: it is a beta of years ago.
 *
 * @param key of the account, as WANDB_API_KEY has it; it stands in no error
 */
export function wandb(
  key: string,
  {
    project = "deepretrieval",
    entity,
    run,
    settings = {},
    server = "https://api.wandb.ai",
    headers = {},
    ...http
  }: WandbOptions = {},
): Sink {
  if (typeof key !== "string" || key.trim() === "")
    throw new TypeError("wandb: the key is empty. Give process.env.WANDB_API_KEY.");
  const api = server.replace(/\/+$/, "");
  const authorization = `Basic ${Buffer.from(`api:${key}`).toString("base64")}`;
  const options = { ...http, headers: { authorization, ...headers } };
  const id = Math.floor(Date.now()).toString(36);
  let stream: string | undefined;
  let sent = 0; // lines that the server has

  /** Posts JSON. An error is thrown without the key, which a server may repeat in plain. */
  const send = async (url: string, body: object): Promise<JsonReply> => {
    try {
      return await postJson("Weights & Biases", url, body, options);
    } catch (error) {
      throw new Error((error as Error).message.replaceAll(key, "…"));
    }
  };
  const opened = async (): Promise<string> => {
    if (stream !== undefined) return stream;
    const config = JSON.stringify(
      Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, { value }])),
    );
    const variables = { name: id, project, entity, displayName: run ?? id, config };
    const reply = await send(`${api}/graphql`, { query: upsert, variables });
    const { bucket } = madeBy(reply);
    const names = [bucket?.project?.entity?.name, bucket?.project?.name ?? project, bucket?.name ?? id];
    if (names[0] === undefined)
      throw new Error(`Weights & Biases made no run: ${JSON.stringify(reply.json)?.slice(0, 300)}`);
    stream = `${api}/files/${names.map((name) => encodeURIComponent(name!)).join("/")}/file_stream`;
    return stream;
  };
  const post = async (body: object): Promise<void> => {
    const { status, json } = await send(await opened(), body);
    if (status !== 200)
      throw new Error(
        `Weights & Biases refused the figures with HTTP ${status}: ${JSON.stringify(json)?.slice(0, 300)}`,
      );
  };
  return {
    name: "Weights & Biases",
    log: async (steps) => {
      const content = steps.map((step, i) =>
        JSON.stringify({
          ...Object.fromEntries(finiteFigures(step)),
          _step: step.step ?? sent + i,
          _timestamp: Date.now() / 1000,
        }),
      );
      await post({ files: { "wandb-history.jsonl": { offset: sent, content } } });
      sent += steps.length;
    },
    close: async (how) => {
      if (stream !== undefined) await post({ complete: true, exitcode: how === "finished" ? 0 : 1 });
    },
  };
}

/** The answer to the mutation. Throws Error with the server's word on a refusal. */
function madeBy({ status, json }: JsonReply): Made {
  const { data, errors } = (json ?? {}) as {
    readonly data?: { readonly upsertBucket?: Made };
    readonly errors?: unknown;
  };
  if (status === 200 && errors === undefined) return data?.upsertBucket ?? {};
  throw new Error(
    `Weights & Biases refused the run with HTTP ${status}: ${JSON.stringify(errors ?? json)?.slice(0, 300)}`,
  );
}
