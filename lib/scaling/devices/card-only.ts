/** Set in the environment of a process that computes on a card, and on nothing else. */
export const onCardOnly = "DEEPRETRIEVAL_ON_CARD_ONLY";
