import { backendInUse, type Backend } from "./choose";

/** What computes: facts for a report. */
export interface Computing {
  readonly backend: string;
  readonly backendVersion: string;
  readonly device: string;
  readonly precision: string; // of matrix products
}

/** What computes here, for reports and run cards; undefined before a backend is chosen. */
export function computing(backend: Backend | undefined = backendInUse()): Computing | undefined {
  if (!backend) return undefined;
  const { name, version, device, precision = "f32" } = backend;
  return { backend: name, backendVersion: version, device, precision };
}
