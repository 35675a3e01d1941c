import { openedBy } from "./answer";

/**
 * Which family of DeepRetrieval's data sets a prompt belongs to. A checkpoint answers well only to the exact prompt
 * that it was trained on. A few words identify each family, so the prompts themselves are not copied here.
 */
interface Signature {
  readonly families: readonly string[]; // values of data_source that share this prompt
  readonly begins: string;
  readonly contains: string;
  readonly opens?: "<think>" | "<answer>" | "";
}

const chat = "<|im_start|>";
const clinical = "relevant literature on PubMed or ClinicalTrials.gov";

const signatures: readonly Signature[] = [
  {
    families: ["pubmed_32", "ctgov_32"],
    begins: "<|begin_of_text|>System: A conversation between",
    contains: clinical,
  },
  { families: ["pubmed_4b"], begins: "<|system|>", contains: clinical },
  { families: ["pubmed"], begins: `${chat}system\nA conversation between User and Assistant.`, contains: clinical },
  { families: ["ctgov"], begins: "A conversation between User and Assistant.", contains: clinical },
  { families: ["pmd_no_reason", "ctgov_no_reason"], begins: `${chat}system\nYou are a helpful`, contains: clinical },
  { families: ["nq_serini"], begins: chat, contains: "in a Wikipedia corpus using BM25", opens: "<think>" },
  { families: ["nq_serini_no_reason"], begins: chat, contains: "in a Wikipedia corpus using BM25" },
  {
    families: ["triviaqa", "squad"],
    begins: chat,
    contains: "relevant literature in a massive corpus",
    opens: "<think>",
  },
  {
    families: ["triviaqa_no_reason", "squad_no_reason"],
    begins: chat,
    contains: "relevant literature in a massive corpus",
  },
  { families: ["msmarco_sparse"], begins: chat, contains: "in a corpus with sparse retrieval" },
  { families: ["msmarco_dense"], begins: chat, contains: "in a corpus with dense retrieval" },
  ...(
    ["scientific claim", "financial question", "multi-hop question", "web search query", "claim", "question"] as const
  ).flatMap((kind): Signature[] => {
    const set = {
      "scientific claim": "scifact",
      "financial question": "fiqa",
      "multi-hop question": "hotpotqa",
      "web search query": "msmarco_beir",
      claim: "fever",
      question: "nfcorpus",
    }[kind];
    return [
      { families: [`${set}_dense`], begins: chat, contains: `for dense retrieval. Given a ${kind}, your task` },
      { families: [set], begins: chat, contains: `. Given a ${kind}, your task is to create query terms` },
    ];
  }),
  { families: ["bird"], begins: chat, contains: "\nExternal Knowledge: ", opens: "<think>" },
  { families: ["bird_wor"], begins: chat, contains: "\nExternal Knowledge: ", opens: "<answer>" },
  { families: ["wikisql"], begins: chat, contains: "valid SQLite and understading External Knowledge" },
  {
    families: ["spider"],
    begins: chat,
    contains: "valid SQLite and understanding External Knowledge",
    opens: "<think>",
  },
  {
    families: ["spider_wor"],
    begins: chat,
    contains: "valid SQLite and understanding External Knowledge",
    opens: "<answer>",
  },
  { families: ["brief"], begins: `${chat}user\nRewrite for PubMed.\n`, contains: "" },
];

/**
 * The data sets that share the form of `prompt`: `["pubmed"]`, `["triviaqa", "squad"]`; none for a prompt of another
 * origin. "brief" is this library's own for small policies.
 */
export function promptFamilies(prompt: string): readonly string[] {
  const opened = openedBy(prompt).trim();
  const found = signatures.find(
    ({ begins, contains, opens }) =>
      prompt.startsWith(begins) && prompt.includes(contains) && (opens === undefined || opens === opened),
  );
  return found?.families ?? [];
}
