/**
 * Fuzzes a live server and a live proxy for a given time. Exits with status 1 at
 * the first finding.
 *
 * @module
 */

import {
  type FlagValue,
  seconds,
  wholeNumber,
} from "../lib/terminal/flag_values.ts";
import { run } from "../lib/terminal/run.ts";
import { Finding } from "./fuzz/finding.ts";
import { fuzz } from "./fuzz/fuzz.ts";

const MOST = 2 ** 32 - 1;

const seed: FlagValue<number> = {
  expected: `a whole number from 0 to ${MOST}, or random`,
  read: (text) =>
    text === "random"
      ? crypto.getRandomValues(new Uint32Array(1))[0]
      : wholeNumber(0, MOST).read(text),
};

const caseNumber: FlagValue<number | "all"> = {
  expected: `a whole number from 0 to ${MOST}, or all`,
  read: (text) => text === "all" ? text : wholeNumber(0, MOST).read(text),
};

/** How long an answer may take while other requests are expensive, in milliseconds. */
const PATIENCE = 5_000;

await run({
  name: "fuzz",
  typed: "deno task fuzz",
  summary:
    "Fuzzes a server and a proxy with damaged frames, payloads and expressions, and with heavy load.",
  flags: {
    Cases: {
      seconds: { takes: "SECONDS", fallback: "60", help: "how long to run" },
      seed: {
        takes: "SEED",
        fallback: "random",
        help: "seed of the random cases",
      },
      case: {
        takes: "N",
        fallback: "all",
        help: "run only this case, once",
      },
    },
  },
  examples: [
    ["", "a minute, different cases each time"],
    ["--seconds 3600 --seed 7", "an hour, the cases of seed 7"],
    ["--seed 7 --case 1234", "repeat one case"],
  ],
}, async (line) => {
  const number = line.value("case", caseNumber);
  const options = {
    seed: line.value("seed", seed),
    seconds: line.value("seconds", seconds),
    only: number === "all" ? undefined : number,
    patience: PATIENCE,
  };
  if (!line.has("quiet")) console.log(`Seed ${options.seed}`);
  try {
    console.log(await fuzz(options));
    return 0;
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    console.error(error.message);
    return 1;
  }
});
