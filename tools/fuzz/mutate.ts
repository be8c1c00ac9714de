import type { Dice } from "./dice.ts";

/**
 * Damages a sequence in a few places: items are replaced, inserted, deleted,
 * duplicated or swapped, or the sequence is truncated.
 *
 * @param dice Chooses the places and the kinds of damage.
 * @param items The sequence: the characters of a text, the bytes of a frame.
 * @param fresh Generates a new item.
 */
export function mutate<T>(
  dice: Dice,
  items: readonly T[],
  fresh: (dice: Dice) => T,
): T[] {
  const mutated = [...items];
  const wounds = dice.weighted([[6, 1], [3, 2], [1, 8]]);
  for (let wound = 0; wound < wounds; wound++) {
    const at = dice.below(mutated.length + 1);
    const few = dice.between(1, 4);
    switch (dice.below(6)) {
      case 0:
        mutated.splice(at, 1, fresh(dice));
        break;
      case 1:
        mutated.splice(at, 0, ...dice.several(few, fresh));
        break;
      case 2:
        mutated.splice(at, few);
        break;
      case 3: {
        const length = dice.between(1, 40);
        const copied = mutated.slice(at, at + length);
        mutated.splice(dice.below(mutated.length + 1), 0, ...copied);
        break;
      }
      case 4: {
        const moved = mutated.splice(at, few);
        mutated.splice(dice.below(mutated.length + 1), 0, ...moved);
        break;
      }
      case 5:
        if (dice.once(3)) mutated.length = at;
        break;
    }
  }
  return mutated;
}
