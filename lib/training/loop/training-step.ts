/** One step's metrics under verl's names, numbers only. `step` is the x axis. */
export type TrainingStep = { readonly step: number } & Readonly<Record<string, number>>;
