import { test } from "uvu";
import { composed } from "../../../lib/backend/composed/kernels";
import { conforms } from "./claims";

conforms("wasm", () => composed);
conforms("native", () => composed);

test.run();
