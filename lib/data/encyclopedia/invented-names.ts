import type { Random } from "../../core/random";

const syllables = [
  "ba",
  "dor",
  "fen",
  "gri",
  "hal",
  "jo",
  "kel",
  "lun",
  "mar",
  "nev",
  "os",
  "pra",
  "ril",
  "sten",
  "tov",
];
const endings = { person: ["man", "sen", "ova", "etti", "ides"], town: ["burg", "ford", "stad", "mouth", "villa"] };

/** Names of people and of towns that never existed, each given once. */
export function inventedNames(rng: Random): (kind: "person" | "town") => string {
  const given = new Set<string>();
  const draw = (kind: "person" | "town"): string => {
    const [first, second] = [rng.pick(syllables), rng.pick(syllables)];
    const name = `${first[0]!.toUpperCase()}${first.slice(1)}${second}${rng.pick(endings[kind])}`;
    return kind === "person" ? `${rng.pick(["Ada", "Bo", "Cleo", "Dan", "Eva", "Finn"])} ${name}` : name;
  };
  return (kind) => {
    for (;;) {
      const name = draw(kind);
      const last = name.split(" ").at(-1)!;
      if (given.has(last)) continue; // an answer is found in its own passage only
      given.add(last);
      return name;
    }
  };
}
