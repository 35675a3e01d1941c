// Whether TensorFlow's CUDA build can use a card of this machine, and if not, why.
"use strict";
const fs = require("node:fs");
const { Shortfall } = require("../shortfall");
const { driverFiles, cardFiles } = require("../machine");
const { askSmi } = require("./nvidia-smi");
const { askDriver } = require("./probe");
const { visibleCards } = require("./visible");

/** The least that the wheels work with: CUDA 12 by its minor version compatibility, and their machine code. */
const least = { driver: "525.60.13", cuda: 12000, capability: "6.0" };

/**
 * What is known of the cards: files of the system, what nvidia-smi and the driver say, and what the user hides.
 * @typedef {{ capability?: string | undefined, name: string, uuid?: string | undefined }} CardName
 * @typedef {{ driver?: string, cards?: CardName[], failure?: string }} Smi see nvidia-smi.js
 * @typedef {object} Driver see probe.js
 * @property {string} [silent]
 * @property {string | null} [driverError]
 * @property {string | null} [monitorError]
 * @property {number} [code]
 * @property {string} [error]
 * @property {number} [cuda]
 * @property {CardName[]} [cards]
 * @typedef {{ files: string[], smi?: Smi, driver?: Driver, visible?: string }} Facts
 * @returns {Promise<Facts>}
 */
async function cardFacts(env = process.env, exists = fs.existsSync) {
  const files = [...driverFiles, ...cardFiles].filter((file) => exists(file));
  const [smi, driver] = await Promise.all([askSmi(env), askDriver(env)]);
  return { files, smi, driver, visible: env.CUDA_VISIBLE_DEVICES };
}

/** `12.10` is above `12.9`. */
function isBelow(version, bound) {
  const [left, right] = [version, bound].map((text) => text.split(".").map(Number));
  const place = right.findIndex((number, i) => (left[i] ?? 0) !== number);
  return place >= 0 && (left[place] ?? 0) < right[place];
}

/** Each way in which a card cannot be used, the cause before its consequences: facts → kind and detail of Shortfall. */
const problems = [
  ({ files, smi, driver }) => files.length === 0 && !smi && (!driver || Boolean(driver.driverError)) && ["noDriver"],
  ({ smi }) =>
    smi?.driver &&
    isBelow(smi.driver, least.driver) && ["driver", `${smi.driver}, and CUDA 12 needs ${least.driver} or later`],
  ({ driver }) =>
    driver?.cuda &&
    driver.cuda < least.cuda && ["driver", `it knows CUDA ${cudaVersion(driver.cuda)}, and CUDA 12 is needed`],
  ({ smi, visible }) => oldCard(visibleCards(smi?.cards ?? [], visible)?.at(-1)),
  ({ driver }) => driver?.silent && ["driverFails", driver.silent],
  ({ driver }) => driver?.driverError && ["library", driver.driverError],
  ({ driver }) => driver?.monitorError && ["library", driver.monitorError],
  ({ driver }) => ![undefined, 0, noDevice].includes(driver?.code) && ["driverFails", cuInit(driver)],
  ({ driver, smi, visible }) =>
    hides(visible, driver, smi) && ["hidden", `${JSON.stringify(visible)}, which shows none of ${all(smi)}`],
  ({ driver }) => driver?.code === noDevice && ["noCard", cuInit(driver)],
  ({ driver }) => driver?.code === 0 && driver.cards.length === 0 && ["noCard", "the driver counts none"],
  ({ driver, smi }) => !driver && smi?.failure && ["noCard", `nvidia-smi: ${smi.failure}`],
  ({ files, driver, smi }) =>
    !driver && !smi && !files.some((file) => cardFiles.includes(file)) && ["noCard", `none of ${cardFiles.join(", ")}`],
  ({ driver }) => oldCard(driver?.cards.at(-1)),
];

const noDevice = 100; // CUDA_ERROR_NO_DEVICE
const cudaVersion = (number) => `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`;
const cuInit = ({ code, error }) => `cuInit gave ${error || "error"} (${code})`;
const all = (smi) => (smi?.cards ? `the ${smi.cards.length} that nvidia-smi counts` : "the cards");

/** Whether the user's setting is what leaves no card. */
function hides(visible, driver, smi) {
  if (visible === undefined) return false;
  if (driver?.cards) return driver.cards.length === 0;
  return smi?.cards !== undefined && visibleCards(smi.cards, visible)?.length === 0;
}

const oldCard = (card) =>
  card?.capability &&
  isBelow(card.capability, least.capability) && [
    "card",
    `${card.name} has compute capability ${card.capability}, and TensorFlow needs ${least.capability}`,
  ];

/**
 * The Shortfall that keeps these cards from being used; undefined where nothing does that can be seen.
 * @param {Facts} facts
 */
function problemOf(facts) {
  for (const look of problems) {
    const found = look(facts);
    if (found) return new Shortfall(...found);
  }
  return undefined;
}

/**
 * The last visible card, which is the one that the addon uses, with what is known of it.
 * @param {() => Promise<Facts>} [ask]
 * @returns {Promise<{ driver?: string, capability?: string, name?: string }>}
 * @throws Shortfall where it cannot be used
 */
async function checkCard(ask = cardFacts) {
  const facts = await ask();
  const problem = problemOf(facts);
  if (problem) throw problem;
  const { smi, driver, visible } = facts;
  const card = driver?.cards.at(-1) ?? visibleCards(smi?.cards ?? [], visible)?.at(-1);
  return { driver: smi?.driver, capability: card?.capability, name: card?.name };
}

module.exports = { checkCard, cardFacts, problemOf, least };
