// CUDA_VISIBLE_DEVICES as CUDA reads it.
"use strict";

/**
 * The cards that a value of CUDA_VISIBLE_DEVICES leaves, in its order. A name that is none hides itself and all that
 * follow. Undefined where it names a part of a card (MIG), which this list does not have.
 * @param {readonly { uuid?: string }[]} cards all, in nvidia-smi's order
 * @param {string | undefined} value
 */
function visibleCards(cards, value) {
  if (value === undefined) return cards;
  const visible = [];
  for (const name of value.split(",").map((text) => text.trim())) {
    if (/^MIG-/i.test(name)) return undefined;
    const card = /^\d+$/.test(name)
      ? cards[Number(name)]
      : /^GPU-/i.test(name)
        ? cards.find(({ uuid }) => uuid?.toLowerCase().startsWith(name.toLowerCase()))
        : undefined;
    if (card === undefined || visible.includes(card)) break;
    visible.push(card);
  }
  return visible;
}

module.exports = { visibleCards };
