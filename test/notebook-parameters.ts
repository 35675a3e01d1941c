/** Parameters that make a notebook short enough for a test, and where it may write. */
export const smoke: Readonly<Record<string, (folder: string) => Readonly<Record<string, string | number>>>> = {
  "algorithms.ipynb": () => ({ steps: 2, responses: 8, group: 2, limit: 4, questions: 2 }),
  "ctgov_train.ipynb": (folder) => ({ steps: 2, responses: 8, group: 4, limit: 3, questions: 2, folder }),
  "custom_task.ipynb": () => ({ steps: 2, responses: 8, group: 4, limit: 3, questions: 2 }),
  "evidence_train.ipynb": (folder) => ({
    imitation: 2,
    steps: 2,
    responses: 8,
    group: 4,
    limit: 3,
    questions: 2,
    folder,
  }),
  "scale_out.ipynb": (folder) => ({ steps: 1, limit: 2, folder }),
  "sql_train.ipynb": (folder) => ({ imitation: 2, steps: 2, responses: 8, group: 4, limit: 3, questions: 2, folder }),
  "pubmed_train.ipynb": (folder) => ({ steps: 2, batchSize: 4, limit: 3, folder }),
  "pubmed_eval.ipynb": (folder) => ({ limit: 8, folder }),
  "ctgov_eval.ipynb": (folder) => ({ limit: 6, folder }),
  "beir_eval.ipynb": (folder) => ({ limit: 6, folder }),
  "evidence_eval.ipynb": (folder) => ({ limit: 8, folder }),
  "sql_eval.ipynb": (folder) => ({ limit: 8, folder }),
};
