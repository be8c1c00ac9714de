/**
 * Does what signals ask for: SIGTERM and SIGINT ask to end, politely, and at
 * once if that is asked again; SIGUSR1 and SIGUSR2 ask to tell how it goes.
 *
 * @returns What makes signals do again what they do in any program.
 */
export function onSignals(end: () => void, tell: () => void): () => void {
  let isEnding = false;
  const endOnce = () => {
    if (isEnding) Deno.exit(1);
    isEnding = true;
    end();
  };
  // Windows knows no other.
  const listeners: [Deno.Signal, () => void][] = Deno.build.os === "windows"
    ? [["SIGINT", endOnce]]
    : [
      ["SIGINT", endOnce],
      ["SIGTERM", endOnce],
      // On this one Deno, from 2.9.2 on, opens its debugger as well.
      ["SIGUSR1", tell],
      ["SIGUSR2", tell],
    ];
  for (const listener of listeners) Deno.addSignalListener(...listener);
  return () => {
    for (const listener of listeners) Deno.removeSignalListener(...listener);
  };
}
