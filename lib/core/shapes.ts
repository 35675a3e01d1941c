/** Structural view of a tensor, so that core/ needs no tensor library. */
export interface Shaped {
  readonly shape: readonly number[];
}

/** Throws unless every named tensor has the shape of the first. */
export function sameShape(where: string, axes: string, tensors: Record<string, Shaped>): void {
  const [[first, { shape }], ...rest] = Object.entries(tensors) as [[string, Shaped], ...[string, Shaped][]];
  for (const [name, other] of rest) {
    if (String(other.shape) === String(shape)) continue;
    throw new RangeError(
      `${where}: ${first} is [${shape}] but ${name} is [${other.shape}]; both must be ${axes}. ` +
        `Shift or pad ${name} together with ${first}.`,
    );
  }
}
