import type { MimeBundle } from "../cell";
import { reasonOf } from "./text/inspect-value";
import { readSafely } from "./text/read-safely";

/** A value that knows how it is shown carries a method of this name, as in Deno: it returns a MIME bundle. */
export const display = Symbol.for("Jupyter.display");

/** What a value's own display method gave. */
interface OwnBundle {
  readonly data: MimeBundle; // empty where it gave nothing that can be shown
  readonly trouble?: string; // why
}

// The time limit of a display method. A figure of this library takes 8 s at most.
const displayDefaults = { seconds: 20 };

/**
 * What `value` shows of itself, undefined where it has no display method. A method that fails costs its own view only.
 */
export async function ownBundle(value: unknown, { seconds } = displayDefaults): Promise<OwnBundle | undefined> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const method = readSafely(value, display);
  if (typeof method !== "function") return undefined;
  try {
    const given = await within(seconds, async () => (await method.call(value)) as unknown);
    if (typeof given !== "object" || given === null || Array.isArray(given))
      return {
        data: {},
        ...(given === undefined || given === null
          ? {}
          : {
              trouble:
                `its display method returned ${Array.isArray(given) ? "an array" : typeof given}, ` +
                "not a MIME bundle",
            }),
      };
    return sendable(given as Record<string, unknown>);
  } catch (error) {
    return { data: {}, trouble: `its display method failed: ${reasonOf(error)}` };
  }
}

async function within<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The forms of a bundle that can travel: text is text, bytes become base64, JSON is JSON. */
function sendable(bundle: Record<string, unknown>): OwnBundle {
  const data: Record<string, unknown> = {};
  const troubles: string[] = [];
  for (const type of Object.keys(bundle).filter((name) => name.includes("/"))) {
    try {
      const form = bundle[type];
      if (form === undefined || form === null) continue;
      if (form instanceof Uint8Array) data[type] = Buffer.from(form).toString("base64");
      else if (/\+json$|\/json$/.test(type)) data[type] = JSON.parse(JSON.stringify(form)) as unknown;
      else data[type] = Array.isArray(form) ? form.join("") : String(form);
    } catch (error) {
      troubles.push(`its ${type} cannot be sent: ${reasonOf(error)}`);
    }
  }
  return { data, ...(troubles.length > 0 ? { trouble: troubles.join("; ") } : {}) };
}
