/**
 * The tables of expressions in docs/protocol.md, sent to a server through a
 * proxy.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { format, parse } from "../../lib/expression/mod.ts";
import {
  type Answer,
  decodeResponse,
  encodeRequest,
  pickle,
  RemoteError,
} from "../../lib/message/mod.ts";
import { connect, type Connection } from "../../lib/net/mod.ts";
import { codeIn, tables } from "./document.ts";
import { withRoles } from "./roles.ts";

async function outcome(
  connection: Connection,
  expression: string,
  steps: boolean,
): Promise<Answer | RemoteError> {
  const request = encodeRequest(expression, { steps });
  const response = await connection.ask(request);
  try {
    return decodeResponse(response);
  } catch (error) {
    assert(error instanceof RemoteError, `${expression}: ${error}`);
    return error;
  }
}

/** Compares an outcome with each cell of its row that is not empty. */
function compare(
  expression: string,
  row: Readonly<Record<string, string>>,
  found: Answer | RemoteError,
): void {
  const what = `${expression.slice(0, 80)} in ${JSON.stringify(row)}`;
  const { result, error, position, steps } = row;
  const canonical = row["canonical text"];
  if (error) {
    assert(found instanceof RemoteError, what);
    assertEquals([`\`${found.name}\``, found.status], [error, 400], what);
    if (position) assertEquals(`${found.position ?? "none"}`, position, what);
    return;
  }
  assert(!(found instanceof RemoteError), `${what}: ${found}`);
  if (result) assertEquals(found.result, codeIn(result).join(""), what);
  if (steps) assertEquals(found.steps, codeIn(steps), what);
  if (canonical) {
    assertEquals(format(parse(expression)), codeIn(canonical).join(""), what);
  }
}

for (const { rules, rows } of tables) {
  const [first = {}] = rows;
  if (Object.keys(first)[0] !== "expression") continue;
  Deno.test(`docs/protocol.md, ${rules.join(", ")}: the table of expressions is what a server answers`, async () => {
    await withRoles(async ({ proxy }) => {
      using connection = await connect(proxy);
      for (const row of rows) {
        const expression = codeIn(row.expression ?? "").join("");
        assert(expression !== "", JSON.stringify(row));
        const found = await outcome(connection, expression, "steps" in row);
        compare(expression, row, found);
      }
    });
  });
}

Deno.test("payloads-8: as pickles, the expressions of all tables have the same results and steps", async () => {
  await withRoles(async ({ server }) => {
    using connection = await connect(server);
    for (
      const { expression = "", result } of tables.flatMap(({ rows }) => rows)
    ) {
      // A pickle holds what was read, with its constants in capitals.
      if (!result || expression.includes("×") || expression.includes("rand")) {
        continue;
      }
      const [source = ""] = codeIn(expression);
      const request = encodeRequest(source, { format: pickle });
      const answer = decodeResponse(await connection.ask(request));
      assertEquals(answer.result, codeIn(result)[0], source);
    }
  });
});
