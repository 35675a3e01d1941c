// How long this machine takes for what time limits are written for. A limit is multiplied by it, so that a slow machine
// does not fail what it would finish. The processor is measured by a short piece of fixed work, and other programs that
// want it by the load.
"use strict";
const os = require("node:os");

const usual = 5; // ms that the work takes on the machine for which the limits were written: a server's core of 2024
const most = { processor: 5, load: 5, both: 10 };

/** The fixed work: what compilers and engines do, objects, texts and numbers. Returns a number that depends on all. */
function work() {
  const counts = new Map();
  let state = 1;
  for (let i = 0; i < 60_000; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const word = (state % 5000).toString(36);
    counts.set(word, (counts.get(word) ?? 0) + word.length);
  }
  let sum = 0;
  for (const [word, count] of counts) sum += word.charCodeAt(0) * Math.sqrt(count);
  return sum;
}

/** Milliseconds of the fixed work, the best of a few: what it takes when no other program interrupts it. */
function bestTime(times = 7) {
  let best = Infinity;
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    if (!(work() > 0)) throw new Error("the fixed work came to nothing");
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

/**
 * How much slower one core is than the usual one: 1 for that and for faster ones, 5 at most.
 * @param {number} [ms] what the fixed work takes
 */
const processorSlowness = (ms = bestTime()) => Math.min(most.processor, Math.max(1, ms / usual));

/**
 * How many programs want each core, averaged over the last minute: from 1 to 5.
 * @param {number} [load] programs a core, before it is bounded
 */
const loadSlowness = (load = os.loadavg()[0] / os.availableParallelism()) => Math.min(most.load, Math.max(1, load));

let processor; // it does not change while a process runs

/**
 * The factor for time limits on this machine, just now.
 * @returns {number} 1 on the usual machine that has nothing else to do, more on a slower or a busier one
 */
function slowness() {
  processor ??= processorSlowness();
  return Math.min(most.both, processor * loadSlowness());
}

module.exports = { slowness, processorSlowness, loadSlowness };
