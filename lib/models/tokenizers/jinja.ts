import { Interpreter, Template } from "@huggingface/jinja";

/**
 * The Jinja of chat templates: @huggingface/jinja 0.5 with four corrections towards Python's Jinja. A `set` in a loop
 * lasts until the end of its iteration. Output before a `break` or `continue` is kept. A truth value is written True or
 * False. None is written None.
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
/** The members of the interpreter that this file uses; some are private in its types. */
interface Inner {
  evaluate(statement: Statement | undefined, environment: object): Value;
  evaluateBlock(statements: readonly Statement[], environment: object): Value;
}

const inner = Interpreter.prototype as unknown as Inner;
const { evaluate, evaluateBlock } = inner;

/** Bodies of loops that have been entered. */
const turns = new WeakSet<readonly Statement[]>();

/** Scopes of loops that a `break` has left. Their remaining iterations write nothing. */
const left = new WeakSet<object>();

/**
 * A `break` or `continue` that is on its way to its loop: the thrown value, and the output of the blocks that it has
 * left.
 */
let leaving: { readonly type: string; readonly thrown: unknown; text: string } | undefined;

/** Statements whose value is not written. */
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
  const block = evaluateBlock.call(this, [], scope); // an empty text in the interpreter's own type
  return Object.assign(block, { value: text });
};

/** A value as Python writes it. */
function written(value: Value, statement: string): string {
  if (value.type === "UndefinedValue" || silent.includes(statement)) return "";
  if (value.type === "NullValue") return "None";
  if (value.type === "BooleanValue") return value.value === true ? "True" : "False";
  return value.toString();
}
