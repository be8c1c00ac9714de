/**
 * Reports misbehavior of a role. The message names what was expected and what
 * was received.
 */
export class Finding extends Error {
  override readonly name = "Finding";
}
