/** Stands in for `@std/assert` where JSR is out of reach. @module */
import nodeAssert, { AssertionError } from "node:assert";

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

export function assert(value: unknown, message?: string): asserts value {
  nodeAssert.ok(value, message);
}

export function assertEquals<T>(actual: T, expected: T, message?: string) {
  nodeAssert.deepStrictEqual(actual, expected, message);
}

export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  nodeAssert.strictEqual(actual, expected, message);
}

export function assertNotEquals<T>(actual: T, expected: T, message?: string) {
  nodeAssert.notDeepStrictEqual(actual, expected, message);
}

export function assertMatch(actual: string, expected: RegExp) {
  nodeAssert.match(actual, expected);
}

export function assertStringIncludes(actual: string, expected: string) {
  if (!actual.includes(expected)) {
    throw new AssertionError({
      message: `Expected ${JSON.stringify(actual)} to contain ${
        JSON.stringify(expected)
      }`,
    });
  }
}

export function assertInstanceOf<E extends Error>(
  actual: unknown,
  expected: ErrorClass<E>,
): asserts actual is E {
  nodeAssert.ok(
    actual instanceof expected,
    `Expected a ${expected.name}, received ${actual}`,
  );
}

function checkError<E extends Error>(
  error: unknown,
  expected: ErrorClass<E>,
  part = "",
): E {
  assertInstanceOf(error, expected);
  assertStringIncludes(error.message, part);
  return error;
}

export function assertThrows<E extends Error>(
  run: () => unknown,
  expected: ErrorClass<E>,
  part?: string,
): E {
  try {
    run();
  } catch (error) {
    return checkError(error, expected, part);
  }
  throw new AssertionError({ message: "Expected it to throw" });
}

export async function assertRejects<E extends Error>(
  run: () => PromiseLike<unknown>,
  expected: ErrorClass<E>,
  part?: string,
): Promise<E> {
  try {
    await run();
  } catch (error) {
    return checkError(error, expected, part);
  }
  throw new AssertionError({ message: "Expected it to reject" });
}
