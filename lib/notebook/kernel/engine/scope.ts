import { partialDeclarations } from "../source/cell-declarations";
import type { CellNames } from "../source/cell-names";

/** The variables of all cells, as tslab's executor keeps them: by value, in one record. */
export type Locals = Record<string, unknown>;

/**
 * What cells have declared: values and types. It adds to tslab's that variables stay shared (a getter and a setter
 * reach into the cell that declared them, so no copy goes stale), and that a cell that failed half way leaves what
 * it had come to.
 */
export interface Scope {
  /** Declarations of all names, for the compiler. */
  declarations(): string;
  /** Notes what a cell that is about to run declares; `after` are the declarations if it succeeds. */
  begin(names: CellNames, after: string): void;
  /** Called by a cell with a getter and a setter for each of its variables. */
  publish(accessors: Readonly<Record<string, readonly [get: () => unknown, set: (value: unknown) => void]>>): void;
  /** Forgets all names but these. */
  forget(but: readonly string[]): void;
  /** The cell ended. Names that a failed one did not get to keep their earlier values and types. */
  end(succeeded: boolean): void;
}

/** @param locals tslab's record. It flattens accessors that are defined on it, so ours lie on its prototype. */
export function createScope(locals: Locals, initial: string): Scope {
  const live: object = Object.create(null);
  Object.setPrototypeOf(locals, live);
  let declarations = initial;
  let pending: { readonly after: string; readonly before: ReadonlyMap<string, Kept> } | undefined;

  /** What a name holds, by value or by accessor. */
  type Kept = { readonly own?: { readonly value: unknown }; readonly accessor?: PropertyDescriptor };

  const keep = (name: string): Kept => {
    const own = Object.getOwnPropertyDescriptor(locals, name);
    const accessor = Object.getOwnPropertyDescriptor(live, name);
    return { ...(own ? { own: { value: own.value as unknown } } : {}), ...(accessor ? { accessor } : {}) };
  };
  const forget = (name: string): void => {
    delete locals[name];
    delete (live as Locals)[name];
  };
  const restore = (name: string, { own, accessor }: Kept): void => {
    forget(name);
    if (accessor) Object.defineProperty(live, name, accessor);
    if (own) locals[name] = own.value;
  };

  return {
    declarations: () => declarations,
    begin({ variables, fixed }, after) {
      const before = new Map([...variables, ...fixed].map((name) => [name, keep(name)]));
      for (const name of before.keys()) forget(name);
      pending = { after, before };
    },
    forget(but) {
      declarations = initial;
      pending = undefined;
      for (const name of [...Object.keys(locals), ...Object.keys(live)]) if (!but.includes(name)) forget(name);
    },
    publish(accessors) {
      for (const [name, [get, set]] of Object.entries(accessors))
        Object.defineProperty(live, name, { configurable: true, enumerable: true, get, set });
    },
    end(succeeded) {
      if (!pending) return; // the cell did not compile
      const { after, before } = pending;
      pending = undefined;
      const undone = new Set(succeeded ? [] : [...before.keys()].filter((name) => valueOf(locals, name) === undefined));
      for (const name of undone) restore(name, before.get(name)!);
      declarations = partialDeclarations(declarations, after, undone);
    },
  };
}

/** The value of a name; undefined where the cell did not get to it. */
function valueOf(locals: Locals, name: string): unknown {
  try {
    return locals[name];
  } catch (error) {
    if ((error as Error).name === "ReferenceError") return undefined; // declared below the place where the cell failed
    throw error;
  }
}
