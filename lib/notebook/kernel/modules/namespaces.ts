/** What `import()` of a CommonJS module gives: its properties, and itself as `default`. */
export function namespaceOf(loaded: unknown): unknown {
  if (typeof loaded !== "object" || loaded === null) return { default: loaded };
  if ((loaded as { __esModule?: unknown }).__esModule) return loaded;
  const own = Object.fromEntries(Object.keys(loaded).map((name) => [name, (loaded as Record<string, unknown>)[name]]));
  return { ...own, default: loaded };
}

/** An ES module as compiled code expects it: marked, so that its default export is found under `default`. */
export function withFlag(namespace: Record<string, unknown>): unknown {
  const marked = Object.create(null, { __esModule: { value: true } }) as object;
  for (const name of Object.keys(namespace))
    Object.defineProperty(marked, name, { enumerable: true, get: () => namespace[name] });
  return marked;
}
