import { Interpreter, Template } from "@huggingface/jinja";

/**
 * The Jinja of chat templates: @huggingface/jinja 0.5, which reads what models have, with what it does otherwise than
 * Python's Jinja put right: a `set` in a loop lasts until the end of its turn, what stands before a `break` or
 * `continue` is written, a truth value is written True or False, and none as None.
 */
export { Template };

interface Value {
  readonly type: string;
  readonly value: unknown;
  toString(): string;
}
interface Statement {
  readonly type: string;
  readonly body?: readonly Statement[];
}
/** What this needs of the interpreter, some of which its types keep private. */
interface Inner {
  evaluate(statement: Statement | undefined, environment: object): Value;
  evaluateBlock(statements: readonly Statement[], environment: object): Value;
}

const inner = Interpreter.prototype as unknown as Inner;
const { evaluate, evaluateBlock } = inner;

/** Bodies of loops that were entered. */
const turns = new WeakSet<readonly Statement[]>();

/** Scopes of loops that were left by a `break`, after which their other turns write nothing. */
const left = new WeakSet<object>();

/**
 * A `break` or `continue` on its way to its loop: what is thrown, and what was written before it in the blocks that it
 * left.
 */
let leaving: { readonly type: string; readonly thrown: unknown; text: string } | undefined;

/** Statements whose value is nothing that is written. */
const silent: readonly string[] = ["Set", "Macro", "Comment"];

inner.evaluate = function (this: Inner, statement, environment) {
  if (statement?.type === "For") turns.add(statement.body!);
  try {
    return evaluate.call(this, statement, environment);
  } catch (thrown) {
    if (statement?.type === "Break" || statement?.type === "Continue")
      leaving = { type: statement.type, thrown, text: "" };
    throw thrown;
  }
};

inner.evaluateBlock = function (this: Inner, statements, environment) {
  const isTurn = turns.has(statements);
  const Scope = environment.constructor as new (parent: object) => object;
  const scope = isTurn ? new Scope(environment) : environment;
  let text = "";
  try {
    for (const statement of isTurn && left.has(environment) ? [] : statements)
      text += written(this.evaluate(statement, scope), statement.type);
  } catch (error) {
    if (!leaving || leaving.thrown !== error) throw error;
    leaving.text = text + leaving.text;
    if (!isTurn) throw error;
    text = leaving.text;
    if (leaving.type === "Break") left.add(environment);
    leaving = undefined;
  }
  const block = evaluateBlock.call(this, [], scope); // an empty text, of the interpreter's own kind
  return Object.assign(block, { value: text });
};

/** A value as Python writes it. */
function written(value: Value, statement: string): string {
  if (value.type === "UndefinedValue" || silent.includes(statement)) return "";
  if (value.type === "NullValue") return "None";
  if (value.type === "BooleanValue") return value.value === true ? "True" : "False";
  return value.toString();
}
