/** Something that a role must not do. The message says what was expected and what came. */
export class Finding extends Error {
  override readonly name = "Finding";
}
