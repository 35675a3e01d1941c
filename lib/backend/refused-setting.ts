/** A setting that cannot be followed. It is an error even where another backend would work. */
export class RefusedSetting extends RangeError {
  readonly kind = "refused setting";
}

/** The backend that was asked for does not work here, or none does. The message says why, and what to do. */
export class BackendFailed extends Error {
  override readonly name = "BackendFailed";
}
