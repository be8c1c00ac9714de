/** A flag in the output of `--help`. */
export interface ShownFlag {
  /** The title of its group. */
  readonly group: string;
  /** Its names and placeholder, such as `-p, --port PORT`. */
  readonly flag: string;
  /** What it does. */
  readonly help: string;
  /** Its default, or an empty string. */
  readonly fallback: string;
}

/** Reads the flags in the output of `--help`. */
export function flagsIn(usage: string): ShownFlag[] {
  const flags: { group: string; flag: string; text: string }[] = [];
  const [beforeExamples = ""] = usage.split("\nExamples:\n");
  let group = "";
  for (const line of beforeExamples.split("\n")) {
    const [, title] = /^(\S+):$/.exec(line) ?? [];
    const [, flag, text = ""] = /^ {2,6}(-.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
    const last = flags.at(-1);
    if (title) group = title;
    else if (flag) flags.push({ group, flag, text });
    else if (last) last.text += ` ${line.trim()}`;
  }
  return flags.map(({ group, flag, text }) => {
    const [, help = "", fallback = ""] =
      /^(.*?)(?: \[(.*)\])?$/.exec(text.trim()) ?? [];
    return { group, flag, help, fallback };
  });
}
