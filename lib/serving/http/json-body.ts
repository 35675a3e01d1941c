import type { App } from "./app";
import { HttpError } from "./http-error";

/** Lists and objects inside each other: far more than any request has, and few enough for any recursive reader. */
const deepest = 64;

/**
 * The depth of nesting of a JSON text: 0 for a number, 1 for a flat list. Stops counting above `most`. A text that is
 * no JSON has a depth too, which means nothing.
 */
export function nesting(text: string, most = deepest): number {
  let [depth, reached, quoted] = [0, 0, false];
  for (let i = 0; i < text.length && reached <= most; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 0x5c)
        i++; // a backslash: the next character is no quotation mark that ends
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x5b || code === 0x7b) reached = Math.max(reached, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return reached;
}

/** Reads JSON bodies. Refuses what is nested too deep, and keys such as __proto__ that would change the prototype. */
export function readJsonBodies(app: App): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser(["application/json", "text/plain"]);
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = body as string;
    if (nesting(text) > deepest)
      return done(
        new HttpError(400, `The body is nested deeper than ${deepest} levels. Send it flatter.`, {
          code: "too_deep",
        }),
      );
    return parse(request, text, (error, value) => {
      const unread = error !== null && "code" in error && error.code === "FST_ERR_CTP_INVALID_JSON_BODY";
      return done(unread ? new HttpError(400, whyUnread(text), { code: "no_json" }) : error, value);
    });
  });
}

function whyUnread(text: string): string {
  try {
    JSON.parse(text);
    return 'The body has a key "__proto__" or "constructor" that would change what objects are. Leave it out.';
  } catch (error) {
    return `The body is no JSON: ${(error as Error).message.slice(0, 160)}.`;
  }
}
