/** A setting that cannot be followed. It is an error even where another backend would work. */
export class RefusedSetting extends RangeError {
  readonly kind = "refused setting";
}
