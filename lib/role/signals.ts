/**
 * Handles signals: the first SIGTERM or SIGINT shuts down gracefully, a second one
 * exits immediately; SIGUSR1 and SIGUSR2 log the counters; SIGHUP reloads
 * certificates. Without TLS, it ends the process, as by default.
 *
 * @returns A function that restores the default handling.
 */
export function onSignals(
  shutdown: () => void,
  logCounters: () => void,
  reload: (() => void) | undefined,
): () => void {
  let isShuttingDown = false;
  const stop = () => {
    if (isShuttingDown) Deno.exit(1);
    isShuttingDown = true;
    shutdown();
  };
  // Windows does not support the others.
  const listeners: [Deno.Signal, () => void][] = Deno.build.os === "windows"
    ? [["SIGINT", stop]]
    : [
      ["SIGINT", stop],
      ["SIGTERM", stop],
      // Since 2.9.2, Deno also opens its debugger on SIGUSR1.
      ["SIGUSR1", logCounters],
      ["SIGUSR2", logCounters],
    ];
  if (reload && Deno.build.os !== "windows") listeners.push(["SIGHUP", reload]);
  for (const listener of listeners) Deno.addSignalListener(...listener);
  return () => {
    for (const listener of listeners) Deno.removeSignalListener(...listener);
  };
}
