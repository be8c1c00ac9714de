"""A peer as the reference has them: Python objects, pickled, behind a header.

    reference_peer.py requests          for each line EXPRESSION: its request, in hexadecimal,
                                        pickled in the protocols 2 to 5
    reference_peer.py values            for each line of hexadecimal: what it unpickles to
    reference_peer.py ask PORT EXPR …   asks, and prints what comes back
    reference_peer.py serve             prints its port, and answers one request a connection
"""

import ast
import enum
import math
import operator
import pickle
import random
import socket
import struct
import sys
import types

calculator = types.ModuleType("calculator")
api = types.ModuleType("api")
sys.modules |= {"calculator": calculator, "api": api}


def part_of(module):
    def place(item):
        item.__module__ = module.__name__
        item.__qualname__ = item.__name__
        setattr(module, item.__name__, item)
        return item

    return place


@part_of(calculator)
class Associativity(enum.Enum):
    LEFT = 0
    RIGHT = 1


class Attributes:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


@part_of(calculator)
class BinaryOperator(Attributes):
    pass


@part_of(calculator)
class UnaryOperator(Attributes):
    pass


@part_of(calculator)
class Function(Attributes):
    pass


@part_of(calculator)
class Constant(Attributes):
    def evaluate(self):
        return self.value


@part_of(calculator)
class NamedConstant(Constant):
    pass


@part_of(calculator)
class UnaryExpr(Attributes):
    def evaluate(self):
        return self.operator.function(self.operand.evaluate())


@part_of(calculator)
class BinaryExpr(Attributes):
    def evaluate(self):
        left, right = self.left_operand.evaluate(), self.right_operand.evaluate()
        return self.operator.function(left, right)


@part_of(calculator)
class FunctionCallExpr(Attributes):
    def evaluate(self):
        return self.function.function(*[arg.evaluate() for arg in self.args])


@part_of(api)
class CalculatorClientError(Exception):
    pass


@part_of(api)
class CalculatorServerError(Exception):
    pass


def binary(symbol, function, associativity=Associativity.LEFT):
    return BinaryOperator(symbol=symbol, function=function, associativity=associativity)


BINARY = {
    ast.Add: binary("+", operator.add),
    ast.Sub: binary("-", operator.sub),
    ast.Mult: binary("*", operator.mul),
    ast.Div: binary("/", operator.truediv),
    ast.Mod: binary("%", operator.mod),
    ast.Pow: binary("**", operator.pow, Associativity.RIGHT),
}
UNARY = {
    ast.USub: UnaryOperator(symbol="-", function=operator.neg),
    ast.UAdd: UnaryOperator(symbol="+", function=operator.pos),
}
FUNCTIONS = {
    name: Function(name=name, function=function)
    for name, function in {
        "max": max,
        "min": min,
        "pow": pow,
        "rand": random.Random(1).uniform,
        **{name: getattr(math, name) for name in ("sqrt", "sin", "cos", "tan", "log")},
    }.items()
}
CONSTANTS = {
    name: NamedConstant(name=name.upper(), value=getattr(math, name)) for name in ("pi", "tau", "e")
}


def build(node):
    if isinstance(node, ast.Constant):
        return Constant(value=node.value)
    if isinstance(node, ast.Name):
        return CONSTANTS[node.id.lower()]
    if isinstance(node, ast.UnaryOp):
        return UnaryExpr(operator=UNARY[type(node.op)], operand=build(node.operand))
    if isinstance(node, ast.BinOp):
        left = build(node.left)
        return BinaryExpr(left_operand=left, operator=BINARY[type(node.op)], right_operand=build(node.right))
    return FunctionCallExpr(function=FUNCTIONS[node.func.id], args=[build(arg) for arg in node.args])


def expression(text):
    return build(ast.parse(text, mode="eval").body)


def pack(value, flags, status=0, protocol=4):
    data = pickle.dumps(value, protocol)
    return struct.pack("!IHHHH", 0x638F6081, 12 + len(data), flags << 8 | status, 65535, 0) + data


REQUEST, RESPONSE = 0x1C, 0x18


def respond(request):
    try:
        value = pickle.loads(request[12:]).evaluate()
        return pack((value, [str(value)]), RESPONSE, 200)
    except Exception as error:
        return pack(error, RESPONSE & ~0x08, 400)


def main(mode, *args):
    if mode == "requests":
        for line in sys.stdin:
            value = expression(line.strip())
            print(*[pack(value, REQUEST, 0, protocol).hex() for protocol in (2, 3, 4, 5)])
    elif mode == "values":
        for line in sys.stdin:
            value = pickle.loads(bytes.fromhex(line))
            print(repr(value.evaluate() if hasattr(value, "evaluate") else value))
    elif mode == "ask":
        for text in args[1:]:
            with socket.create_connection(("127.0.0.1", int(args[0]))) as connection:
                connection.sendall(pack(expression(text), REQUEST))
                response = connection.recv(65535)
                print(response[:12].hex(), repr(pickle.loads(response[12:])), flush=True)
    elif mode == "serve":
        with socket.create_server(("127.0.0.1", 0)) as server:
            print("Listening on", "127.0.0.1:%d" % server.getsockname()[1], flush=True)
            while True:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(respond(connection.recv(65535)))


main(*sys.argv[1:])
