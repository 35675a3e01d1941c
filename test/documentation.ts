import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The code that the documentation shows: the README's blocks and the examples in doc comments. */

export const root = path.resolve(__dirname, "..");

export interface Snippet {
  readonly place: string; // "README.md: In a cell", "lib/tasks/task.ts:33"
  readonly code: string;
}

/** The README's ```ts blocks, in order, named by their headings. */
export function readmeSnippets(text = readFileSync(path.join(root, "README.md"), "utf8")): Snippet[] {
  const count = new Map<string, number>();
  return [...text.matchAll(/^```ts\n([^]*?)^```/gm)].map(({ index, 1: code }) => {
    const heading = [...text.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? "the beginning";
    const number = (count.get(heading) ?? 0) + 1;
    count.set(heading, number);
    return { place: `README.md: ${heading}${number > 1 ? ` (${number})` : ""}`, code: withoutMagic(code!) };
  });
}

/** `ppo?` asks the kernel, and is no TypeScript. */
const withoutMagic = (code: string): string => code.replace(/^\w+\?.*$/gm, "");

/** Examples in doc comments of lib: fenced as ts, or behind @example, to the next tag or the comment's end. */
export function docSnippets(): Snippet[] {
  const files = readdirSync(path.join(root, "lib"), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".ts"))
    .sort();
  return files.flatMap((file) => {
    const text = readFileSync(path.join(root, "lib", file), "utf8");
    return [...text.matchAll(/\/\*\*[^]*?\*\//g)].flatMap(({ index, 0: comment }) => {
      const plain = comment
        .slice(3, -2)
        .split("\n")
        .map((line) => line.replace(/^\s*\* ?/, ""))
        .join("\n");
      const fenced = [...plain.matchAll(/```(?:ts|typescript)\n([^]*?)```/g)].map(([, code]) => code!);
      const bare = [...plain.matchAll(/@example\b([^]*?)(?=\n@\w|$)/g)]
        .map(([, code]) => code!)
        .filter((code) => !code.includes("```") && code.trim() !== "");
      const line = text.slice(0, index).split("\n").length;
      return [...fenced, ...bare].map((code) => ({ place: `lib/${file}:${line}`, code }));
    });
  });
}

/** What a snippet may use without saying where it comes from, as an earlier cell would have it, and does not call. */
export const given: Readonly<Record<string, string>> = {
  policy: "Policy",
  train: "PubmedTask",
  test: "PubmedTask",
  problem: "Problem",
  passages: "readonly { readonly id: string; readonly contents: string }[]",
  records: "readonly Publication[]",
  examples: "readonly { readonly prompt: string; readonly response: string }[]",
  apiKey: "string",
};
