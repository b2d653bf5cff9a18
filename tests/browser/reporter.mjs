// Prints a line for each station, what went wrong in it, and the sum in the last line.
import { stripVTControlCharacters } from "node:util";

export default async function* report(events) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    if (type === "test:pass" || type === "test:fail") {
      const seconds = (data.details.duration_ms / 1000).toFixed(1).padStart(5);
      if (type === "test:pass") {
        passed += 1;
        yield `ok     ${seconds} s  ${data.name}\n`;
      } else {
        failed += 1;
        const cause = data.details.error.cause ?? data.details.error;
        yield `FAILED ${seconds} s  ${data.name}\n${indent(cause.stack ?? String(cause))}\n`;
      }
    } else if (type === "test:stderr" || type === "test:stdout") {
      yield data.message;
    }
  }
  yield `${passed} passed, ${failed} failed\n`;
}

function indent(text) {
  return stripVTControlCharacters(text).replaceAll(/^/gm, "    ");
}
