import * as tf from "@tensorflow/tfjs";

/**
 * The one `tf` of the library. Importing it chooses no backend: `useBackend` does (choose.ts).
 * Production mode leaves out tfjs's greeting, its "already registered" warnings and its NaN checks.
 */
tf.enableProdMode();

export { tf };
