import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HttpError } from "../http/http-error";
import type { Service } from "../http/service";
import type { PageTask } from "./page-task";

const asset = (name: string): string => readFileSync(join(__dirname, name), "utf8");

/**
 * What the browser may do with the page: run the one script that is in it, ask this server, and nothing else. Trusted
 * types forbid that a text becomes markup. The page can stand in no frame of another one.
 */
const policyOf = (html: string): string => {
  const [, script = ""] = /<script>([^]*?)<\/script>/.exec(html) ?? [];
  return [
    "default-src 'none'",
    `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
    "style-src 'self'",
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
};

const mostIds = 5000;
const titlesBody = {
  type: "object",
  required: ["task", "ids"],
  additionalProperties: false,
  properties: {
    task: { type: "string", maxLength: 100 },
    ids: { type: "array", maxItems: mostIds, items: { type: "string", maxLength: 200 } },
  },
};

/**
 * The page at /: a question is typed, its rewriting watched, and what both queries find compared. It stands beside the
 * rewriting service, which it asks. The page itself needs no API key: it asks for one where the server does.
 *
 * @param tasks what is known of tasks, by name; opened when the page is first looked at
 */
export function pageService(tasks: Readonly<Record<string, () => Promise<PageTask>>> = {}): Service {
  const html = asset("page.html");
  const css = asset("page.css");
  const policy = policyOf(html);
  const opened = new Map<string, Promise<PageTask>>();
  const known = (name: string): Promise<PageTask> | undefined => {
    if (!Object.hasOwn(tasks, name)) return undefined;
    const task = opened.get(name) ?? tasks[name]!();
    opened.set(name, task);
    task.catch(() => opened.delete(name)); // the next look tries again
    return task;
  };
  const open = { config: { open: true }, schema: { hide: true } };
  return {
    name: "page",
    routes(app) {
      app.addHook("onRequest", async (_, reply) => {
        reply.header("content-security-policy", policy).header("referrer-policy", "no-referrer");
      });
      app.get("/", open, (_, reply) =>
        reply.header("cache-control", "no-cache").type("text/html; charset=utf-8").send(html),
      );
      app.get("/page.css", open, (_, reply) => reply.type("text/css; charset=utf-8").send(css));
      app.get("/page/tasks", { schema: { hide: true } }, async () => {
        const names = Object.keys(tasks);
        const all = await Promise.all(names.map((name) => known(name)!));
        return {
          titled: names.filter((_, i) => all[i]!.titleOf !== undefined),
          examples: all.flatMap(({ examples }, i) =>
            examples.map(({ maxDate, ...example }) => ({
              task: names[i],
              ...example,
              ...(maxDate !== undefined && { max_date: maxDate }),
            })),
          ),
        };
      });
      app.post<{ Body: { readonly task: string; readonly ids: readonly string[] } }>(
        "/page/titles",
        { schema: { hide: true, body: titlesBody } },
        async ({ body: { task, ids } }) => {
          const { titleOf } = (await known(task)) ?? {};
          if (!titleOf) throw new HttpError(404, "No titles are known of this task.", { code: "no_titles" });
          const titles = ids.flatMap((id) => {
            const title = titleOf(id);
            return title === undefined ? [] : [[id, title]];
          });
          return { titles: Object.fromEntries(titles) };
        },
      );
    },
  };
}
