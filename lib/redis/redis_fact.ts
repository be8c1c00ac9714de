/** What happens between a proxy and the engine of its shared cache. */
export type RedisFact =
  /** The engine answers, for the first time or again. */
  | { readonly type: "shared cache up"; readonly engine: string }
  /**
   * The engine has failed, and is not used except for one attempt a second; or a
   * response was not written to it.
   */
  | {
    readonly type: "shared cache down" | "not shared";
    /** Its URL, without the password. */
    readonly engine: string;
    readonly error: Error;
  };
