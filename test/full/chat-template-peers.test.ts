import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chatPrompt, type ChatMessage } from "../../lib/models/tokenizers/chat-template";
import { transformersPython } from "./peer";

/**
 * Templates in the style of well-known models, and of single features, rendered by transformers' own Jinja: equal, or
 * refused.
 */
const python = transformersPython();

interface Row {
  readonly name: string;
  readonly template: string;
  readonly messages: ChatMessage[];
  readonly variables: Record<string, unknown>;
  readonly prompt: boolean;
  readonly text: string | null; // null where the template refuses the messages
}

/** Single features of Jinja that the library does not read: it says so, and writes nothing. */
const unread = ["macro-kwargs", "blocks-minus", "printing", "strings", "filters", "tests", "loops", "escapes", "dicts"];

if (python) {
  test("every template writes what transformers writes, or is refused", () => {
    const rows = JSON.parse(
      execFileSync(python, [join(__dirname, "chat_templates.py")], { encoding: "utf8", maxBuffer: 2 ** 28 })
        .trim()
        .split("\n")
        .at(-1)!,
    ) as Row[];
    const rendered = ({ template, messages, prompt, variables }: Row): string | null => {
      try {
        return chatPrompt(
          {
            files: {
              "tokenizer_config.json": JSON.stringify({ chat_template: template, bos_token: "<s>", eos_token: "</s>" }),
            },
          },
          messages,
          { addGenerationPrompt: prompt, variables },
        );
      } catch (error) {
        assert.is((error as Error).name, "TypeError");
        return null;
      }
    };
    const different = rows.filter((row) => rendered(row) !== row.text);
    const names = [...new Set(different.map(({ name }) => name))];
    console.log(
      `${rows.length - different.length} of ${rows.length} renderings of ` +
        `${new Set(rows.map(({ name }) => name)).size} templates are equal; refused here alone: ${names.join(", ")}`,
    );
    assert.equal(
      different.filter((row) => rendered(row) !== null).map(({ name }) => name),
      [],
      "none is silently different",
    );
    assert.equal(names, unread);
  });
}

test.run();
