/** The long example of the recorded sessions, with ten steps. */
export const LONG_EXAMPLE =
  "(sin(max(2, 3 * 4, 5, 6 * ((7 * 8) / 9), 10 / 11)) / 12) * 13";
