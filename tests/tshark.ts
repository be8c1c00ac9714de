/**
 * Runs tshark with the project's dissector.
 *
 * @module
 */

import { assert } from "@std/assert";
import { captureFile, type Packet } from "../tools/captures/capture_file.ts";

const DISSECTOR = new URL(
  "../tools/wireshark/calculator.lua",
  import.meta.url,
);

/** What tshark shows of a frame: the values of each field, in order, by its name. */
export type Fields = ReadonlyMap<string, readonly string[]>;

/** Whether tshark is there. */
export async function hasTshark(): Promise<boolean> {
  try {
    return (await new Deno.Command("tshark", { args: ["-v"] }).output())
      .success;
  } catch {
    return false;
  }
}

/**
 * Shows a capture.
 *
 * @param capture Packets, or a whole file.
 * @param args Further arguments.
 * @returns What tshark prints. It must not report an error of Lua.
 */
export async function tshark(
  capture: readonly Packet[] | Uint8Array,
  args: readonly string[],
): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".pcap" });
  try {
    await Deno.writeFile(
      file,
      capture instanceof Uint8Array ? capture : captureFile(capture),
    );
    const { success, stdout, stderr } = await new Deno.Command("tshark", {
      args: ["-n", "-X", `lua_script:${DISSECTOR.pathname}`, "-r", file]
        .concat(args),
      // Settings of the user could change what is shown.
      env: { WIRESHARK_CONFIG_DIR: "/nonexistent" },
    }).output();
    const text = new TextDecoder().decode(stdout);
    const complaint = new TextDecoder().decode(stderr);
    assert(success, complaint);
    assert(!/lua(: |.*error)/i.test(complaint), complaint);
    assert(!/lua[ _.]error/i.test(text), text);
    return text;
  } finally {
    await Deno.remove(file);
  }
}

/** The info column of each packet that holds frames. */
export async function info(
  capture: readonly Packet[] | Uint8Array,
  args: readonly string[] = [],
): Promise<string[]> {
  const column = ["-o", 'gui.column.format:"Info","%i"', "-Y", "calc"];
  const text = await tshark(capture, [...column, ...args]);
  return text.split("\n").map((line) => line.trim()).filter((line) => line);
}

/** The fields of each frame, in the order of the capture, after two passes. */
export async function dissect(
  capture: readonly Packet[] | Uint8Array,
  args: readonly string[] = [],
): Promise<Fields[]> {
  const json = ["-2", "-Y", "calc", "-T", "json", "--no-duplicate-keys"];
  const packets: Dissected[] = JSON.parse(
    await tshark(capture, [...json, ...args]),
  );
  return packets.flatMap(({ _source: { layers } }) => {
    const frames = Array.isArray(layers.calc) ? layers.calc : [layers.calc];
    return frames.map((frame) => {
      const fields = new Map<string, string[]>();
      collect(frame, fields);
      return fields;
    });
  });
}

/** A value as tshark writes it in JSON. */
type Json = string | readonly Json[] | { readonly [name: string]: Json };

interface Dissected {
  readonly _source: { readonly layers: { readonly calc: Json } };
}

/** Collects the fields in all subtrees of a value. */
function collect(value: Json, fields: Map<string, string[]>, name = ""): void {
  if (typeof value === "string") {
    fields.set(name, [...fields.get(name) ?? [], value]);
  } else if (value instanceof Array) {
    for (const each of value) collect(each, fields, name);
  } else {
    for (const [key, each] of Object.entries(value)) {
      collect(each, fields, key);
    }
  }
}
