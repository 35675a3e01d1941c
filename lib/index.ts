/**
 * DeepRetrieval for TypeScript: train, evaluate and use language models that rewrite search queries.
 * What is listed here is the library; everything else may change.
 */

// Where the numbers are crunched.
export { useBackend } from "./backend/choose";

// What to search for, and how a rewrite is judged.
export { pubmed } from "./tasks/pubmed";
export { task } from "./tasks/task";
export { beir } from "./tasks/beir";
export { ctgov } from "./tasks/ctgov";
export { evidence } from "./tasks/evidence";
export { sql } from "./tasks/sql";
export { exampleKnowingQuery, exampleTask } from "./tasks/examples/example-task";
export { generatedTasks } from "./tasks/examples/generated-tasks";
export { splitTask } from "./tasks/split-task";
export { prepare } from "./tasks/prepare";
export { datasetTask } from "./tasks/dataset-task";
export { syntheticLiterature } from "./data/literature/literature";
export { calibration } from "./data/literature/calibration";
export { familyOf } from "./rewards/families";
export { scoreCompletion } from "./rewards/score";
export { rewardCurves } from "./rewards/curve";
export { executionOutcomes } from "./rewards/execution-reward";
export { outcomeOf, remark, tally } from "./rewards/outcome";
export { spansOf } from "./rewards/spans";
export { rankedReward, rankTiers, recallTiers, squadTiers, tieredReward } from "./rewards/tiers";

// Where to search.
export { bm25, bm25Defaults, buildIndex } from "./search/bm25";
export { readBeir, readCorpus } from "./data/datasets/beir";
export { literature } from "./search/literature";
export { openSearch } from "./search/opensearch/opensearch";
export { buildOpenSearch } from "./search/opensearch/build";
export { postgres } from "./search/sql/postgres";
export { sqlite, sqlitePool } from "./search/sql/sqlite";
export { eutils, eutilsDefaults } from "./search/eutils/eutils";
export { clinicalTrials, clinicalTrialsDefaults } from "./search/clinical-trials/clinical-trials";
export { dense, denseDefaults } from "./search/dense/dense";
export { denseOver } from "./search/dense/dense-over";
export { hashedWords } from "./search/dense/hashed-words";
export { buildDense } from "./search/dense/build";
export { embeddings } from "./search/dense/embeddings";
export { encoder } from "./models/encoder/encoder";
export { encoderRecipes } from "./models/encoder/recipe";
export { readPublications, readTopics } from "./data/bibliography/publications";
export { readQrels } from "./data/trec/qrels";
export { readRun, writeRun } from "./data/trec/run";

// Where data and models come from.
export { hubDefaults, listing, snapshot } from "./data/hub/hub";
export { publishedData, publishedDatasets } from "./data/datasets/published";
export { readDataset } from "./data/datasets/dataset";
export { readTable } from "./data/files/table";
export { readBibliography } from "./data/bibliography/bibliography";
export { maxDateOf, pubmedDate } from "./data/bibliography/pubmed-date";
export { readReviews } from "./data/datasets/reviews";
export { readPassages, readQuestions } from "./data/datasets/questions";
export { readSqlQuestions } from "./data/datasets/spider";
export { readWikiSql } from "./data/datasets/wikisql";
export { rowOf, writeRows } from "./data/datasets/rows";
export { deduplicated, leakReport, leaks, withoutLeaks } from "./data/datasets/leaks";
export { worded } from "./prompts/wording";
export { chatFormats } from "./prompts/chat";
export { learnTemplate, renderPrompt, slotsOf } from "./prompts/learned";

// Who rewrites.
export { qwen2 } from "./models/policy";
export { model } from "./models/model";
export { openAI } from "./models/remote/openai";
export { anthropic } from "./models/remote/anthropic";
export { chatPrompt } from "./models/tokenizers/chat-template";
export { criticFrom, readCritic } from "./models/critic";
export { rewriter } from "./serving/rewriter";
export { rewriteThenSearch } from "./serving/rewriting/rewrite-then-search";
export { endpoint } from "./serving/rewriting/endpoint";
export { promptOnly } from "./serving/prompt-only";
export { faithful } from "./evaluation/systems/faithful";
export { pseudoDocuments } from "./evaluation/systems/pseudo-documents";
export { promptFamilies } from "./prompts/prompt-family";
export { promptMismatch, publishedCheckpoint, publishedCheckpoints } from "./prompts/published-checkpoints";
export { baselines, expertQuery, originalQuery } from "./evaluation/systems/baselines";
export { completionAfter, completionOf } from "./prompts/templates";
export { formatAnswer, openedBy, parseAnswer } from "./prompts/answer";
export { answerGrammar } from "./prompts/answer-grammar";

// Learning.
export { loraDefaults, loraTargets } from "./models/decoder/lora-config";
export { ppo } from "./training/ppo";
export { train } from "./training/train";
export { ppoAlgorithm } from "./training/algorithms/ppo";
export { ppoDefaults } from "./training/ppo-config";
export { algorithmTable } from "./training/algorithms/algorithm-table";
export { bestOfN } from "./training/algorithms/best-of-n";
export { cispo } from "./training/algorithms/ratios/cispo";
export { clipCov } from "./training/algorithms/ratios/clip-cov";
export { dapo } from "./training/algorithms/ratios/dapo";
export { distillation } from "./training/algorithms/distillation";
export { dppo } from "./training/algorithms/ratios/dppo";
export { drGrpo } from "./training/algorithms/baselines/dr-grpo";
export { gmpo } from "./training/algorithms/ratios/gmpo";
export { gpg } from "./training/algorithms/baselines/gpg";
export { grpo } from "./training/algorithms/grpo";
export { grpoPassK } from "./training/algorithms/baselines/grpo-pass-k";
export { gspo } from "./training/algorithms/ratios/gspo";
export { klCov } from "./training/algorithms/ratios/kl-cov";
export { opo } from "./training/algorithms/baselines/opo";
export { reinforcePlusPlus } from "./training/algorithms/baselines/reinforce-plus-plus";
export { remax } from "./training/algorithms/baselines/remax";
export { rloo } from "./training/algorithms/baselines/rloo";
export { sapo } from "./training/algorithms/ratios/sapo";
export { remoteTeacher } from "./training/distillation/remote-teacher";
export { profiles } from "./training/profiles/profiles";
export { mlflow } from "./training/sinks/mlflow";
export { tensorBoard } from "./training/sinks/tensorboard";
export { tracked } from "./training/sinks/tracked";
export { trackio } from "./training/sinks/trackio";
export { wandb } from "./training/sinks/wandb";
export { headroom } from "./training/headroom/headroom";
export { passAtK } from "./training/headroom/pass-at-k";
export { policyVariables } from "./training/run-folder/named-variables";
export { sft, sftDefaults } from "./training/supervised/sft";
export { fitCritic, fitCriticDefaults } from "./training/supervised/fit-critic";

// Past one machine.
export { scaleChecks } from "./scaling/estimate/checks";
export { searchLimits } from "./scaling/estimate/engines";
export { scaleEstimate, scaleRows } from "./scaling/estimate/estimate";
export { scaleFrameworks } from "./scaling/estimate/frameworks";
export { gpuKinds } from "./scaling/estimate/gpus";
export { hostedDollars, tinkerPrices } from "./scaling/estimate/hosted";
export { modelShapes } from "./scaling/estimate/model-shapes";
export { scaleDefaults } from "./scaling/estimate/run";
export { deviceRollouts, deviceRolloutsDefaults } from "./scaling/devices/devices";
export { replicas, replicasDefaults } from "./scaling/replicas/replicas";
export { tinker, tinkerDefaults, tinkerLoraDefaults } from "./scaling/tinker/tinker";
export { ray } from "./scaling/ray/ray";
export { rayDefaults } from "./scaling/ray/settings";
export { readVerlMetrics } from "./scaling/ray/verl/fetched";
export { preflightRewards } from "./scaling/ray/verl/samples";
export { readVerlExport } from "./scaling/ray/verl/verl-submission";
export { verlExport } from "./scaling/verl/verl-export";
export { verlPresets } from "./scaling/verl/presets";
export { verlDefaults, verlLoraDefaults } from "./scaling/verl/settings";
export { verlVersions } from "./scaling/verl/versions";

// Measuring.
export { evaluate } from "./evaluation/evaluate";
export { completions } from "./evaluation/frames/completions";
export { publishedResults } from "./evaluation/published/published-results";
export { controls } from "./evaluation/audits/controls";
export { drift } from "./evaluation/audits/drift";
export { injectionAudit } from "./evaluation/audits/injection";
export { seenInTraining } from "./evaluation/audits/seen";
export { rewrites } from "./evaluation/frames/rewrites";
export { binned, cutoffCurve, differences, tradeOff } from "./evaluation/curves/curves";
export { featuresOf, queryFeatures } from "./evaluation/curves/query-features";
export { runCard } from "./evaluation/cards/read-card";
export { compareCards } from "./evaluation/cards/compare-cards";
export { readResults } from "./evaluation/cards/write-evaluation";
export { compare, failures, perQuery, summary, table } from "./evaluation/frames/frames";
export { rollouts } from "./evaluation/frames/rollouts";
export { groupMeans, means } from "./evaluation/statistics/summarise";
export { bootstrapMean, pairedBootstrap } from "./evaluation/statistics/significance";
export { pairedDifference, studentInterval } from "./evaluation/statistics/sign-flips";
export { comparisons } from "./evaluation/statistics/comparison";
export { holm } from "./evaluation/statistics/holm";
export { doctor } from "./notebook/run-report/doctor";
export { report } from "./notebook/run-report/training-report";
export { recall, recallAt, setRecall } from "./metrics/recall";
export { precisionAt } from "./metrics/precision";
export { hitsAt, successAt } from "./metrics/success";
export { answerMatcher, spanOf } from "./metrics/answer-span";
export { isOrdered, sameDenotation } from "./metrics/denotation";
export { executionAccuracy, sameRows } from "./metrics/execution";
export { ndcg, ndcgAt } from "./metrics/ndcg";
export { averagePrecisionAt } from "./metrics/average-precision";
export { reciprocalRank, reciprocalRankAt } from "./metrics/reciprocal-rank";
export { random } from "./core/random";

// Looking.
export { currentCell } from "./notebook/cell";
export { browser } from "./notebook/render/browser/browser";
export { show } from "./notebook/render/show";
export { watch } from "./notebook/live/watch";
export * as plot from "./notebook/plot/plot";

// What may be thrown besides TypeError and RangeError, which are the caller's: the world's, the file's, nobody's.
export { CorruptData, Interrupted, SearchUnavailable } from "./core/errors";
export { JobFailed } from "./scaling/ray/job-failed";

// Nouns and roles, for annotations; and every other type of a public signature.
export type * from "./public-types";
export type {
  Completion,
  Hit,
  Judgments,
  Measures,
  Pico,
  Problem,
  Publication,
  Score,
  SearchResult,
} from "./core/records";
export type { Grammar, GrammarPart } from "./core/grammar";
export type {
  Embed,
  Embedder,
  Rewriter,
  Sampler,
  SamplingOptions,
  SearchEngine,
  SearchOptions,
  SqlDatabase,
  SqlResult,
  Task,
} from "./core/roles";
export type { Policy } from "./models/policy";
export type { LoraConfig } from "./models/decoder/lora-config";
export type { RemotePolicy, Usage } from "./models/remote/remote-policy";
export type { Critic } from "./models/critic";
export type { PPOConfig } from "./training/ppo-config";
export type { TrainingStep } from "./training/loop/training-step";
