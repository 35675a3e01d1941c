/**
 * Every type that a public signature mentions: options to write down, results and records to annotate. The test of the
 * public surface finds what is missing here. Where two folders call something the same, one has a longer name.
 */
export type { Documents, SearchDocument } from "./core/documents";
export type { ProcessOutcome, ProcessPool } from "./core/processes/process-pool";
export type { OutageCause } from "./core/errors";
export type { Random } from "./core/random";
export type { Recall, SqlQuestion } from "./core/records";
export type {
  EmbedOptions,
  Facts,
  Found,
  InnerProducts,
  Queries,
  ScoreOptions,
  SqlRows,
  SqlValue,
  TaskMetric,
  Written,
} from "./core/roles";
export type { RewardComponent, RewardComponents } from "./core/reward-components";
export type { RewardOutage, RewardOutcome } from "./core/reward-outcome";
export type { Run } from "./core/run";
export type { Beir, CorpusDocument } from "./data/datasets/beir";
export type { DatasetExample } from "./data/datasets/dataset";
export type { ServerOptions } from "./core/http/post-json";
export type { HubOptions, HubProgress, Snapshot } from "./data/hub/hub";
export type { HubFile, HubListing } from "./data/hub/listing";
export type { TableRow } from "./data/files/jsonl";
export type {
  /** @deprecated The same as TableRow. */
  TableRow as Row,
} from "./data/files/jsonl";
export type { Leak, Splits } from "./data/datasets/leaks";
export type { CalibrationRow } from "./data/literature/calibration";
export type {
  LiteratureOptions as SyntheticLiteratureOptions,
  SyntheticLiterature,
} from "./data/literature/literature";
export type { Parts } from "./data/literature/phrasing";
export type { Review } from "./data/literature/review";
export type { Split as LiteratureSplit } from "./data/literature/splits";
export type { Concept, ConceptRole, HeadingList, Vocabulary } from "./data/literature/vocabulary";
export type { Topic } from "./data/bibliography/publications";
export type { PublishedDataset, PublishedOptions } from "./data/datasets/published";
export type { Passage } from "./data/datasets/questions";
export type { RowPlace } from "./data/datasets/rows";
export type { Drift } from "./evaluation/audits/drift";
export type { Injection, InjectionOptions, InjectionSummary } from "./evaluation/audits/injection";
export type { SeenSummary } from "./evaluation/audits/seen";
export type { CardComparison, NumberAgreement } from "./evaluation/cards/compare-cards";
export type { Environment } from "./evaluation/cards/environment";
export type { CardMeasure, CardSystem, Recipe, RunCard } from "./evaluation/cards/run-card";
export type { QueryFeatures, QueryRow } from "./evaluation/curves/query-features";
export type { Comparison, CompareOptions } from "./evaluation/statistics/comparison";
export type { EvaluateOptions, Failure, FoundCounts, RelevantDocuments, Result } from "./evaluation/evaluate";
export type { Results } from "./evaluation/frames/results-of";
export type { RewritesOptions } from "./evaluation/frames/rewrites";
export type { PublishedResult } from "./evaluation/published/published-results";
export type { FaithfulOptions } from "./evaluation/systems/faithful";
export type { Systems } from "./evaluation/systems/named";
export type { PseudoDocumentOptions } from "./evaluation/systems/pseudo-documents";
export type { Figures, Report } from "./notebook/run-report/training-report";
export type { RolloutsOptions } from "./evaluation/frames/rollouts";
export type { Interval, PairedDifference, ResamplingOptions } from "./evaluation/statistics/significance";
export type { Span } from "./metrics/answer-span";
export type { Metric } from "./metrics/metric";
export type { NdcgOptions } from "./metrics/ndcg";
export type { ModelType } from "./models/decoder/architectures";
export type { Backend } from "./backend/choose";
export type { LowRankFactors, Rotation } from "./backend/kernels";
export type { BackendName } from "./backend/loader";
export type { Batch, Sequence } from "./models/decoder/batch";
export type { ChatMessage, ChatOptions } from "./models/tokenizers/chat-template";
export type { Decoder, Network } from "./models/decoder/decoder-record";
export type { DecoderConfig } from "./models/decoder/config";
export type { Encoder, EncoderOptions } from "./models/encoder/encoder";
export type { Pooling } from "./models/encoder/forward";
export type { EncoderRecipe } from "./models/encoder/recipe";
export type { Adapter, Factors, LayerFactors, Projection } from "./models/decoder/low-rank";
export type { ModelOptions } from "./models/model";
export type { RotaryTables } from "./models/decoder/rope";
export type { LinearScaling, Llama3Scaling, RopeScaling } from "./models/decoder/rope-scaling";
export type { GenerationOptions } from "./models/generation/sampling-options";
export type { PassOptions } from "./models/decoder/token-logps";
export type { Tokenizer } from "./models/tokenizers/tokenizer";
export type { TrainingPlan } from "./models/memory/training-memory";
export type { Layer, Weights } from "./models/decoder/weights";
export type { RowBrowser } from "./notebook/render/browser/browser";
export type { RecordsOrFrame } from "./notebook/render/table/rows";
export type { BrowserOptions } from "./notebook/render/browser/options";
export type { Cell, MimeBundle } from "./notebook/cell";
export type { Panel } from "./notebook/run-report/columns";
export type { WatchOptions } from "./notebook/live/watch";
export type { AnswerKey, AnswerOptions, Fault, ParsedAnswer, QueryRule } from "./prompts/answer";
export type {
  /** @deprecated The same as ParsedAnswer. */
  ParsedAnswer as Answer,
} from "./prompts/answer";
export type { AnswerGrammarOptions } from "./prompts/answer-grammar";
export type { ChatFormat, ChatFormatName, ChatMessage as PromptMessage } from "./prompts/chat";
export type { PromptRow, Template } from "./prompts/learned";
export type { PublishedCheckpoint } from "./prompts/published-checkpoints";
export type { TemplateOptions } from "./prompts/templates";
export type { Wording, WordingOptions } from "./prompts/wording";
export type { CurvePoint } from "./rewards/curve";
export type {
  ExecutionFamily,
  Family,
  Faults,
  NdcgFamily,
  ProfileName,
  RankFamily,
  RecallFamily,
} from "./rewards/families";
export type { Mean, RowOutcome, Tally } from "./rewards/outcome";
export type {
  /** @deprecated The same as RowOutcome. */
  RowOutcome as Outcome,
} from "./rewards/outcome";
export type { Spans } from "./rewards/rank-reward";
export type { RecallReward, RecallRewardName, RecallRewardOptions } from "./rewards/recall-choice";
export type { Attempt, ScoreRequest } from "./rewards/score";
export type { Tiers } from "./rewards/tiers";
export type { Bm25, Bm25Options } from "./search/bm25";
export type { BuildIndexOptions, BuiltIndex } from "./search/bm25/indexing/build-index";
export type { BuildOptions, IndexProgress } from "./search/bm25/indexing/indexing";
export type { Syntax } from "./search/boolean/history/search-lines";
export type { Thesaurus } from "./search/boolean/vocabulary/thesaurus";
export type { ClinicalTrialsOptions } from "./search/clinical-trials/clinical-trials";
export type { DenseBuildOptions, DenseProgress } from "./search/dense/build";
export type { Dense, DenseOptions } from "./search/dense/dense";
export type { Vectors } from "./search/dense/vectors";
export type { Eutils, EutilsOptions } from "./search/eutils/eutils";
export type { Literature, LiteratureOptions } from "./search/literature";
export type { OpenSearchBuildOptions, OpenSearchProgress } from "./search/opensearch/build";
export type { OpenSearch } from "./search/opensearch/opensearch";
export type { KeepOptions } from "./search/remote/kept";
export type { Shared } from "./search/remote/shared/shared";
export type { Gate } from "./search/remote/gate";
export type { Exchange, Reply, Store } from "./search/remote/exchange";
export type { Postgres, PostgresOptions } from "./search/sql/postgres";
export type { Sqlite, SqliteOptions, SqlitePool } from "./search/sql/sqlite";
export type { DatabaseFault, SqlCaps, SqliteSource } from "./search/sql/sqlite-connection";
export type { SqliteReply, SqliteRequest } from "./search/sql/sqlite-process";
export type { PromptOnlyOptions } from "./serving/prompt-only";
export type { RewriterOptions } from "./serving/rewriter";
export type { EndpointOptions } from "./serving/rewriting/endpoint";
export type { RewritingEngine, RewrittenSearch } from "./serving/rewriting/rewrite-then-search";
export type { BeirOptions, BeirTask } from "./tasks/beir";
export type { CtgovOptions } from "./tasks/ctgov";
export type { DatasetTaskOptions } from "./tasks/dataset-task";
export type { EngineOver, IndexedDocument } from "./tasks/engine";
export type { ExampleKind, ExampleOptions } from "./tasks/examples/example-task";
export type {
  GeneratedKind,
  GeneratedOptions,
  GeneratedTasks,
} from "./tasks/examples/generated-tasks";
export type { Demonstration, SplitTask, SplitTaskOptions } from "./tasks/split-task";
export type { EvidenceOptions } from "./tasks/evidence";
export type { Databases, FamilyScoring } from "./tasks/family-scoring";
export type { OwnScoring } from "./tasks/own-scoring";
export type { PreparationReport, PrepareOptions, Prepared, RawSplits } from "./tasks/prepare";
export type { PromptOptions } from "./tasks/prompted";
export type { PubmedOptions, PubmedTask, Split } from "./tasks/pubmed";
export type { SqlOptions, SqlTask } from "./tasks/sql";
export type { CustomTask, FamilyTask, FamilyTaskOptions } from "./tasks/task";
export type { CriticStep, ScoredExample } from "./training/supervised/fit-critic";
export type { ScaleCheck } from "./scaling/estimate/checks";
export type { SearchLimits, SearchName } from "./scaling/estimate/engines";
export type { ScaleEstimate } from "./scaling/estimate/estimate";
export type { ScaleFramework, ScaleFrameworkName } from "./scaling/estimate/frameworks";
export type { GpuKind, GpuName } from "./scaling/estimate/gpus";
export type { TokenPrices } from "./scaling/estimate/hosted";
export type { GpuMemory } from "./scaling/estimate/memory";
export type { ModelName, ModelShape } from "./scaling/estimate/model-shapes";
export type { ScaleOptions } from "./scaling/estimate/run";
export type { StepSeconds } from "./scaling/estimate/seconds";
export type { StepTokens } from "./scaling/estimate/tokens";
export type { DeviceRollouts } from "./scaling/devices/devices";
export type { Replicas, ReplicaState } from "./scaling/replicas/replicas";
export type { TinkerOptions, TinkerPolicy } from "./scaling/tinker/tinker";
export type { FollowOptions, RayJob } from "./scaling/ray/job";
export type { JobFailure } from "./scaling/ray/job-failed";
export type { FetchOptions, RayCluster, VerlSubmitOptions } from "./scaling/ray/ray";
export type { RayCommand, RaySubmitOptions } from "./scaling/ray/settings";
export type { FetchedRun } from "./scaling/ray/verl/fetched";
export type { Preflight, PreflightNode, PreflightRow } from "./scaling/ray/verl/preflight";
export type { PreflightReward } from "./scaling/ray/verl/samples";
export type { RayJobInfo, RayJobState } from "./scaling/ray/wire/job-info";
export type { RayNode, RayResources } from "./scaling/ray/wire/resources";
export type { VerlAlgorithmName } from "./scaling/verl/algorithms";
export type { VerlPreset, VerlPresetName } from "./scaling/verl/presets";
export type { VerlOptions } from "./scaling/verl/settings";
export type { VerlExport } from "./scaling/verl/verl-export";
export type { VerlVersion } from "./scaling/verl/versions";
export type { ServedPolicy, ServedRates, ServedReference, ServedUpdate } from "./training/served/served-policy";
export type { LoopConfig } from "./training/loop/loop-config";
export type { RunExtras } from "./training/loop/training-run";
export type { PPOExtras } from "./training/ppo";
export type { TrainingRun, TrainOptions } from "./training/train";
export type { RescoredRow, Reward, RolloutRow } from "./training/rescore";
export type { PPOChoices } from "./training/algorithms/ppo";
export type { HeldSteps } from "./training/held-run";
export type { Example, SftConfig, SftStep } from "./training/supervised/sft";
export type {
  Algorithm,
  CriticChoices,
  Estimate,
  KLChoices,
  SampledStep,
  TeacherChoices,
} from "./training/algorithms/algorithm";
export type { BestOfNSettings } from "./training/algorithms/best-of-n";
export type { AlgorithmRow } from "./training/algorithms/algorithm-table";
export type { ClipCovSettings } from "./training/algorithms/ratios/clip-cov";
export type { DapoSettings } from "./training/algorithms/ratios/dapo";
export type { DppoSettings } from "./training/algorithms/ratios/dppo";
export type { GpgSettings } from "./training/algorithms/baselines/gpg";
export type { GrpoPassKSettings } from "./training/algorithms/baselines/grpo-pass-k";
export type { KLCovSettings } from "./training/algorithms/ratios/kl-cov";
export type { SapoSettings } from "./training/algorithms/ratios/sapo";
export type { DistillationSettings } from "./training/algorithms/distillation";
export type { DrGrpoSettings } from "./training/algorithms/baselines/dr-grpo";
export type { GroupSettings } from "./training/algorithms/group-settings";
export type { GrpoSettings } from "./training/algorithms/grpo";
export type { ReinforcePlusPlusSettings } from "./training/algorithms/baselines/reinforce-plus-plus";
export type { Teacher, TeacherOptions } from "./training/distillation/teacher";
export type { Groups, Scores } from "./training/estimators/groups";
export type { Rows as TokenRows } from "./training/estimators/masked";
export type { Whitening } from "./training/estimators/whiten";
export type { Headroom, HeadroomOptions } from "./training/headroom/headroom";
export type { HeadroomRow } from "./training/headroom/headroom-rows";
export type { HeadroomFigures, Verdict } from "./training/headroom/judge";
export type { StepCost } from "./training/headroom/step-cost";
export type { KLController } from "./training/kl/controller";
export type { KLBounds, KLKind, KLLossKind } from "./training/kl/kinds";
export type { Aggregation, AggregationMode, Totals } from "./training/losses/aggregate";
export type {
  PolicyLoss,
  PolicyLossFunction,
  PolicyLossInput,
  PolicyLossOptions,
} from "./training/losses/policy-loss-input";
export type { RolloutCorrection } from "./training/measuring/rollout-correction";
export type { RolloutEngine } from "./training/rollout-engine";
export type { FrameworkName, Profile } from "./training/profiles/profiles";
export type { Diagnosis } from "./notebook/run-report/doctor";
export type { TimePart } from "./notebook/run-report/step-time";
export type { Alarm } from "./notebook/run-report/recent";
export type { MlflowOptions } from "./training/sinks/mlflow";
export type { Sink, StepFigures } from "./training/sinks/sink";
export type { TrackioOptions } from "./training/sinks/trackio";
export type { WandbOptions } from "./training/sinks/wandb";
export type { NamedVariables } from "./training/run-folder/named-variables";
