/** The longest delay of a timer, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * Calls a function after a timeout, or never if the timeout is too long for a timer.
 *
 * @param act The function.
 * @param timeout The timeout in milliseconds.
 * @returns The timer, to clear it.
 */
export function startTimer(
  act: () => void,
  timeout: number,
): ReturnType<typeof setTimeout> | undefined {
  return timeout > MAX_TIMEOUT ? undefined : setTimeout(act, timeout);
}

/** A timeout as a phrase: "within 5 s". */
export function within(timeout: number): string {
  return `within ${timeout / 1000} s`;
}
