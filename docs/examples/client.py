# Evaluates an expression by docs/protocol.md alone, with Python's standard library.
# python3 docs/examples/client.py "max(2, 3) + 3" 127.0.0.1:9999
import io, socket, struct, sys, time

HEADER = struct.Struct(">IHHHH")  # time stamp, length, C S T and status, max-age, padding
REQUEST = 0x1C00  # C: may be cached; S: with steps; T: a request
sys.tracebacklimit = 0  # an error is one line

def encode(text):  # a MessagePack string in its shortest form
    data = text.encode()
    size = len(data)
    head = [0xA0 | size] if size < 32 else [0xD9, size] if size < 256 else [0xDA, *divmod(size, 256)]
    return bytes(head) + data

def take(stream, size):
    data = stream.read(size)
    if len(data) == size: return data
    raise EOFError("the response ends too early")

def decode(stream):  # a MessagePack value of the types that servers send
    tag = take(stream, 1)[0]
    number = lambda size: int.from_bytes(take(stream, size), "big")
    if tag < 0x80: return tag
    if tag < 0x90: return {decode(stream): decode(stream) for _ in range(tag & 15)}
    if tag < 0xA0: return [decode(stream) for _ in range(tag & 15)]
    if tag < 0xC0: return take(stream, tag & 31).decode()
    if tag in (0xCC, 0xCD): return number(tag - 0xCB)
    if tag in (0xD9, 0xDA): return take(stream, number(tag - 0xD8)).decode()
    if tag == 0xDC: return [decode(stream) for _ in range(number(2))]
    raise ValueError(f"unexpected MessagePack tag {tag:#x}")

expression, address = sys.argv[1:3] + ["max(2, 3) + 3", "127.0.0.1:9999"][len(sys.argv) - 1:]
payload, (host, port) = encode(expression), address.rsplit(":", 1)
with socket.create_connection((host.strip("[]"), port), 10) as tcp, tcp.makefile("rb") as stream:
    tcp.sendall(HEADER.pack(int(time.time()), 12 + len(payload), REQUEST, 0xFFFF, 0) + payload)
    _, length, bits, _, _ = HEADER.unpack(take(stream, 12))
    answer = decode(io.BytesIO(take(stream, length - 12)))
if 400 <= bits & 0x7FF < 600: sys.exit(f"{answer['name']}: {answer['message']}")
if bits & 0x7FF != 200 or bool(bits & 0x800) != bool(answer[1]): sys.exit("Not a response")
print("Result: " + answer[0], *answer[1], sep="\n  ")
