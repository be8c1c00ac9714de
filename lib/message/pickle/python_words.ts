/**
 * Python's messages for failed calculations, by the calculator's own. Peers that
 * send pickles get these; messages that are not listed are the same for all.
 */
const PYTHON_WORDS: ReadonlyMap<string, string> = new Map([
  ["floating-point division by zero", "float division by zero"],
  ["remainder of a division by zero", "integer modulo by zero"],
  ["remainder of a floating-point division by zero", "float modulo"],
  [
    "0 to a negative power is a division by zero",
    "0.0 cannot be raised to a negative power",
  ],
  ["a logarithm to base 1 is a division by zero", "float division by zero"],
  [
    "the square root of a negative number is not a real number",
    "math domain error",
  ],
  ["only positive numbers have a logarithm", "math domain error"],
  ["the base of a logarithm must be positive", "math domain error"],
  ["sin, cos and tan take finite angles", "math domain error"],
  [
    "pow with a modulus takes integers only",
    "pow() 3rd argument not allowed unless all arguments are integers",
  ],
  ["the modulus of pow must not be 0", "pow() 3rd argument cannot be 0"],
  [
    "the base has no inverse: it and the modulus have a common divisor",
    "base is not invertible for the given modulus",
  ],
  [
    "the power is too large for a double (at most 1.8e+308)",
    "Numerical result out of range",
  ],
  [
    "the integer is too large for a double (at most 1.8e+308)",
    "int too large to convert to float",
  ],
  [
    "the square root is too large for a double (at most 1.8e+308)",
    "int too large to convert to float",
  ],
  [
    "the quotient is too large for a double (at most 1.8e+308)",
    "integer division result too large for a float",
  ],
]);

/** Translates the message of an error to Python's, if Python has one for it. */
export function inPythonWords(message: string): string {
  return PYTHON_WORDS.get(message) ?? message;
}
