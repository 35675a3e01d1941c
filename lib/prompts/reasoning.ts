/**
 * The reasoning that a model wrote before its answer: the text of `turn` between <think> and </think>, or from an
 * opened <think> to the answer or the end, where a response was cut. "" where there is no reasoning. Never throws: bad
 * output is data.
 */
export function reasoningOf(turn: string): string {
  const closed = turn.indexOf("</think>");
  // the last one before the end: a prompt may have named the tags
  const opened = turn.lastIndexOf("<think>", closed < 0 ? Infinity : closed);
  if (opened < 0 && closed < 0) return "";
  const from = opened < 0 ? 0 : opened + "<think>".length;
  const answer = turn.indexOf("<answer>", from);
  const to = closed >= 0 ? closed : answer >= 0 ? answer : turn.length;
  return turn.slice(from, to).trim();
}
