/** The machine and the runtime, in one line. */
export function machine(): string {
  const { total } = Deno.systemMemoryInfo();
  const cores = navigator.hardwareConcurrency;
  const [load = 0] = Deno.loadavg();
  return [
    `${cores} × ${processor()}`,
    `${Math.round(total / 2 ** 30)} GiB`,
    `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    `Deno ${Deno.version.deno}`,
    `V8 ${Deno.version.v8}`,
    `load average ${load.toFixed(2)}`,
  ].join(", ");
}

function processor(): string {
  try {
    const text = Deno.readTextFileSync("/proc/cpuinfo");
    const [, model] = /^model name\s*:\s*(.+)$/m.exec(text) ?? [];
    return model ?? "unnamed processor";
  } catch {
    // The file exists only on some systems.
    return "unnamed processor";
  }
}
