import { type Loader } from "./loader";

/** A GPU through Dawn, from npm alone. Never taken unless asked for. */
export const webgpu: Loader = {
  name: "webgpu",
  async load() {
    throw new Error("not written yet");
  },
};
