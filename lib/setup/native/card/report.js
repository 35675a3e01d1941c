// Run in a process of its own: what this machine's cards are, and why TensorFlow can use none, as one line of JSON.
"use strict";
const { cardFacts, problemOf } = require("./problem");
const { adviceOf } = require("../shortfall");

async function main() {
  const facts = await cardFacts();
  const problem = problemOf(facts);
  const told = problem && { kind: problem.kind, what: problem.message, fix: adviceOf(problem) };
  process.stdout.write(`${JSON.stringify({ ...facts, problem: told })}\n`);
}

main();
