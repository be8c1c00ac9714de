/** Counts the listeners added to a signal from now on. */
export function listenersOf(signal: AbortSignal): { readonly count: number } {
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (
    ...args: Parameters<typeof addEventListener>
  ) => {
    listeners.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (
    ...args: Parameters<typeof removeEventListener>
  ) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return {
    get count() {
      return listeners.size;
    },
  };
}
