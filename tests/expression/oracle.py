"""Computes expressions with Python's own numbers: the semantics that the
calculator promises, in the language that they come from.

Reads one expression a line, as JSON, and writes one line for each: its value
and its steps, or the name of its error.
"""

import json
import math
import sys

CONSTANTS = {"pi": math.pi, "tau": math.tau, "e": math.e, "inf": math.inf, "nan": math.nan}
LIMIT = 10**4300


class TooLarge(Exception):
    pass


class Complex(Exception):
    pass


def checked(value):
    if isinstance(value, int) and abs(value) >= LIMIT:
        raise TooLarge
    if isinstance(value, complex):
        raise Complex
    return value


def power(base, exponent):
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if (base.bit_length() - 1) * exponent > 20_000:
            raise TooLarge
        return base**exponent
    base, exponent = float(base), float(exponent)
    if -math.inf < base < 0 and math.isfinite(exponent) and not exponent.is_integer():
        raise Complex
    # The root is correctly rounded, which the power need not be.
    return math.sqrt(base) if exponent == 0.5 and 0 < base else base**exponent


def modular(base, exponent, *modulus):
    return pow(base, exponent, *modulus) if modulus else power(base, exponent)


def root(value):
    if isinstance(value, int) and value.bit_length() > 1024:
        # Beyond Python's own reach: a root with 200 bits to spare, rounded once.
        return math.isqrt(value << 400) / (1 << 200)
    return math.sqrt(value)


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": lambda a, b: a % b,
    "**": power,
}
SIGNS = {"-": lambda a: -a, "+": lambda a: +a}
FUNCTIONS = {"max": max, "min": min, "sqrt": root, "pow": modular}


class Node:
    """A part of an expression; `value` is None until it is computed."""

    def __init__(self, sketch):
        self.kind = sketch["kind"]
        self.sketch = sketch
        self.value = None
        self.parts = [
            Node(part)
            for part in [sketch.get("operand"), sketch.get("left"), sketch.get("right")]
            + sketch.get("given", [])
            if part
        ]

    def is_operation(self):
        return self.kind == "operation" and self.value is None

    def text(self):
        if self.value is not None:
            return repr(self.value)
        if self.kind == "number":
            return repr(self.number())
        if self.kind == "name":
            return self.sketch["name"]
        if self.kind == "sign":
            return f"{self.sketch['symbol']}({self.parts[0].text()})"
        if self.kind == "call":
            alone = len(self.parts) == 1
            given = [
                part.text() if alone or not part.is_operation() else f"({part.text()})"
                for part in self.parts
            ]
            return f"{self.sketch['name']}({', '.join(given)})"
        left, right = [
            f"({part.text()})" if part.is_operation() else part.text() for part in self.parts
        ]
        if self.sketch["symbol"] == "**" and left[0] in "-+":
            left = f"({left})"
        return f"{left} {self.sketch['symbol']} {right}"

    def number(self):
        digits = self.sketch["digits"]
        return int(digits) if digits.isdigit() else float(digits)

    def compute(self, note):
        if self.kind == "number":
            self.value = self.number()
            return
        if self.kind == "name":
            self.value = CONSTANTS[self.sketch["name"].lower()]
            return
        for part in self.parts:
            part.compute(note)
        note()
        values = [part.value for part in self.parts]
        if self.kind == "sign":
            apply = SIGNS[self.sketch["symbol"]]
        elif self.kind == "call":
            apply = FUNCTIONS[self.sketch["name"]]
        else:
            apply = OPERATORS[self.sketch["symbol"]]
        self.value = checked(apply(*values))


ERRORS = {
    ZeroDivisionError: "DivisionByZero",
    OverflowError: "OutOfRange",
    ValueError: "DomainError",
    TypeError: "DomainError",
    Complex: "DomainError",
    TooLarge: "TooLarge",
}


def answer(sketch):
    whole = Node(sketch)
    steps = [whole.text()]

    def note():
        if whole.text() != steps[-1]:
            steps.append(whole.text())

    try:
        whole.compute(note)
    except tuple(ERRORS) as error:
        return {"error": ERRORS[type(error)]}
    note()
    alone = whole.kind in ("number", "name")
    return {"result": repr(whole.value), "steps": [] if alone else steps}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
