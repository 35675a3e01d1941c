import type { Figure } from "./figure";
import { browserOnly, withoutWebGL } from "./trace-types";

/** Why `figure` cannot be drawn here, or undefined. */
export function notDrawable({ data }: Figure): string | undefined {
  for (const trace of data) {
    const type = typeOf(trace);
    const why = type === undefined ? undefined : browserOnly[type];
    if (why !== undefined) return `${type} ${why}; a browser draws it`;
  }
  return undefined;
}

/** `figure` as it is drawn here. */
export function drawable({ data, layout }: Figure): Figure {
  return {
    layout,
    data: data.map((trace) => ({
      ...trace,
      ...(withoutWebGL[typeOf(trace) ?? ""] && { type: withoutWebGL[typeOf(trace)!] }),
    })),
  };
}

const typeOf = (trace: object | null): string | undefined => {
  const { type } = (trace ?? {}) as { type?: unknown };
  return typeof type === "string" ? type : undefined;
};
