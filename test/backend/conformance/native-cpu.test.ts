import { test } from "uvu";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { conforms } from "./claims";

conforms("native", kernels);

test.run();
