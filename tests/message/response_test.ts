import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  type Caching,
  decodeRequest,
  decodeResponse,
  encodeClientError,
  encodeRequest,
  encodeServerError,
  encodeSuccess,
  messagePack,
  pickle,
  RemoteError,
  type RequestOptions,
} from "../../lib/message/mod.ts";
import {
  type Frame,
  type Header,
  ProtocolError,
} from "../../lib/protocol/mod.ts";

const ANSWER = { result: "3", steps: ["1 + 2", "3"] };
const REPORT = {
  name: "DivisionByZero",
  message: "Division by zero",
  position: 4,
};

/** A header without its time stamp, which has a separate test. */
function fields(
  { type, cache, steps, status, maxAge }: Header,
): Omit<Header, "timeStamp"> {
  return { type, cache, steps, status, maxAge };
}

/** Every way to ask for caching, and what the header says then. */
const CACHING: [Caching, Pick<Header, "cache" | "maxAge">][] = [
  [{}, { cache: true, maxAge: Infinity }],
  [{ cache: true }, { cache: true, maxAge: Infinity }],
  [{ maxAge: Infinity }, { cache: true, maxAge: Infinity }],
  [{ maxAge: 65_534 }, { cache: true, maxAge: 65_534 }],
  [{ maxAge: 60 }, { cache: true, maxAge: 60 }],
  [{ maxAge: 0 }, { cache: true, maxAge: 0 }],
  [{ cache: false }, { cache: false, maxAge: 0 }],
  [{ cache: false, maxAge: 60 }, { cache: false, maxAge: 0 }],
];

Deno.test("message: a request has the bytes that the protocol defines", () => {
  const { bytes } = encodeRequest("1 + 2", { maxAge: 60 });
  assertEquals(
    bytes.subarray(4).toHex(),
    "0012" + "1c00" + "003c" + "0000" + "a531202b2032",
  );
});

Deno.test("message: a success has the bytes that the protocol defines", () => {
  const { bytes } = encodeSuccess({ result: "3", steps: [] });
  assertEquals(
    bytes.subarray(4).toHex(),
    "0010" + "10c8" + "ffff" + "0000" + "92a13390",
  );
});

Deno.test("message: a request says what was asked for", () => {
  const STEPS: [RequestOptions, boolean][] = [
    [{}, true],
    [{ steps: true }, true],
    [{ steps: false }, false],
  ];
  for (const [stepsOption, steps] of STEPS) {
    for (const [caching, expected] of CACHING) {
      const request = encodeRequest("1", { ...stepsOption, ...caching });
      assertEquals(
        fields(request),
        { type: "request", status: 0, steps, ...expected },
      );
    }
  }
  assertEquals(fields(encodeRequest("1")), fields(encodeRequest("1", {})));
});

Deno.test("message: a response says how long it may be kept", () => {
  for (const [caching, expected] of CACHING) {
    assertEquals(
      fields(encodeSuccess(ANSWER, caching)),
      { type: "response", status: 200, steps: true, ...expected },
    );
    assertEquals(
      fields(encodeClientError(REPORT, { cache: true, ...caching })),
      { type: "response", status: 400, steps: false, ...expected },
    );
  }
});

Deno.test("message: a client error is cached only if it says so", () => {
  for (const caching of [{}, { maxAge: 60 }, { cache: undefined }]) {
    const { cache, maxAge } = encodeClientError(REPORT, caching);
    assertEquals([cache, maxAge], [false, 0]);
  }
});

Deno.test("message: an option that is undefined is left out", () => {
  const nothing = { cache: undefined, maxAge: undefined, format: undefined };
  const pairs = [
    [encodeRequest("1"), encodeRequest("1", { ...nothing, steps: undefined })],
    [encodeSuccess(ANSWER), encodeSuccess(ANSWER, nothing)],
    [encodeClientError(REPORT), encodeClientError(REPORT, nothing)],
  ] as const;
  for (const [expected, actual] of pairs) {
    assertEquals(fields(actual), fields(expected));
  }
});

Deno.test("message: a server error is never cached", () => {
  assertEquals(fields(encodeServerError(REPORT)), {
    type: "response",
    status: 500,
    steps: false,
    cache: false,
    maxAge: 0,
  });
});

Deno.test("message: the steps bit of a response is on only when there are steps", () => {
  assertEquals(encodeSuccess({ result: "3", steps: ["3"] }).steps, true);
  assertEquals(encodeSuccess({ result: "3", steps: [] }).steps, false);
});

Deno.test("message: a frame is stamped with the time", () => {
  const makers = [
    () => encodeRequest("1"),
    () => encodeSuccess(ANSWER),
    () => encodeClientError(REPORT),
    () => encodeServerError(REPORT),
  ];
  for (const make of makers) {
    const before = Math.floor(Date.now() / 1000);
    const { timeStamp } = make();
    const after = Math.floor(Date.now() / 1000);
    assert(
      before <= timeStamp && timeStamp <= after,
      `${timeStamp} is not between ${before} and ${after}`,
    );
  }
});

Deno.test("message: a max-age that is no whole number up to 65,534 is refused", () => {
  for (const maxAge of [-1, 0.5, 65_535, NaN, -Infinity]) {
    const makers = [
      () => encodeRequest("1", { maxAge }),
      () => encodeRequest("1", { maxAge, cache: false }),
      () => encodeSuccess(ANSWER, { maxAge }),
      () => encodeClientError(REPORT, { maxAge }),
    ];
    for (const make of makers) {
      assertThrows(
        make,
        RangeError,
        `from 0 to 65534 or Infinity: received ${maxAge}`,
      );
    }
  }
});

Deno.test("message: the expression of a request comes back as it was", () => {
  const aText = fc.string({ unit: "grapheme" });
  fc.assert(fc.property(aText, fc.boolean(), (expression, steps) => {
    assertEquals(
      decodeRequest(encodeRequest(expression, { steps })),
      expression,
    );
  }));
});

Deno.test("message: the answer of a success comes back as it was", () => {
  assertEquals(decodeResponse(encodeSuccess(ANSWER)), ANSWER);
  const bare = { result: "1e+100", steps: [] };
  assertEquals(decodeResponse(encodeSuccess(bare)), bare);
});

Deno.test("message: an error comes back as a RemoteError that says the same", () => {
  const cases: [Frame, status: number][] = [
    [encodeClientError(REPORT), 400],
    [encodeServerError(REPORT), 500],
  ];
  for (const [response, status] of cases) {
    const error = assertThrows(() => decodeResponse(response), RemoteError);
    assertInstanceOf(error, Error);
    assertEquals(error.status, status);
    assertEquals(error.name, "DivisionByZero");
    assertEquals(error.message, "Division by zero");
    assertEquals(error.position, 4);
  }
});

Deno.test("message: an error about no place comes back without a position", () => {
  const response = encodeServerError({ name: "ProxyError", message: "Oh, no" });
  const error = assertThrows(() => decodeResponse(response), RemoteError);
  assertEquals(error.position, undefined);
});

Deno.test("message: a RemoteError can be passed on as it is", () => {
  const error = new RemoteError(400, REPORT);
  const response = encodeClientError(error);
  assertEquals(response.payload, encodeClientError(REPORT).payload);
});

Deno.test("message: every status 4xx and 5xx is an error, others than 200 are refused", () => {
  const success = encodeSuccess(ANSWER);
  const failure = encodeClientError(REPORT);
  for (let status = 0; status < 1024; status++) {
    const decode = (frame: Frame) => () =>
      decodeResponse(frame.with({ status }));
    if (status === 200) {
      assertEquals(decode(success)(), ANSWER);
    } else if (status >= 400 && status <= 599) {
      const error = assertThrows(decode(failure), RemoteError);
      assertEquals(error.status, status);
    } else {
      const message = `expected the status 200, 4xx or 5xx: found ${status}`;
      assertThrows(decode(success), ProtocolError, message);
      assertThrows(decode(failure), ProtocolError, message);
    }
  }
});

Deno.test("message: a response whose payload is of another kind is refused", () => {
  const failure = encodeSuccess(ANSWER).with({ status: 400 });
  assertThrows(() => decodeResponse(failure), ProtocolError, "{name, message}");
  const success = encodeClientError(REPORT).with({ status: 200 });
  assertThrows(() => decodeResponse(success), ProtocolError, "[result, [step,");
});

for (const format of [messagePack, pickle]) {
  const name = format === pickle ? "pickle" : "MessagePack";

  Deno.test(`message: a success in ${name} whose steps bit is wrong is refused`, () => {
    for (
      const [answer, message] of [
        [{ result: "7", steps: [] }, "the steps bit is set: found none"],
        [{ result: "7", steps: ["7"] }, "the steps bit is off: found 1"],
        [{ result: "3", steps: ["1 + 2", "3"] }, "is off: found 2"],
      ] as const
    ) {
      const response = encodeSuccess(answer, { format });
      assertEquals(decodeResponse(response), answer);
      const other = response.with({ steps: !response.steps });
      assertThrows(() => decodeResponse(other), ProtocolError, message);
    }
  });

  Deno.test(`message: the steps bit of an error in ${name} means nothing`, () => {
    const failure = encodeClientError(REPORT, { format });
    for (const steps of [false, true]) {
      const response = failure.with({ steps });
      const error = assertThrows(() => decodeResponse(response), RemoteError);
      assertEquals(error.message, REPORT.message);
    }
  });
}

Deno.test("message: a request whose payload is no expression is refused", () => {
  const request = encodeSuccess(ANSWER).with({ type: "request" });
  assertThrows(() => decodeRequest(request), ProtocolError, "an expression");
});

Deno.test("message: a response is not taken for a request, nor a request for a response", () => {
  assertThrows(
    () => decodeRequest(encodeRequest("1").with({ type: "response" })),
    ProtocolError,
    "expected a request: found a response",
  );
  assertThrows(
    () => decodeResponse(encodeSuccess(ANSWER).with({ type: "request" })),
    ProtocolError,
    "expected a response: found a request",
  );
});

Deno.test("message: an expression that fills a frame goes through, a longer one is to be shortened", () => {
  // MessagePack puts three bytes before a string of this length; π takes two.
  const longest = "π".repeat(32_760);
  const request = encodeRequest(longest);
  assertEquals(request.bytes.length, 65_535);
  assertEquals(decodeRequest(request), longest);

  const error = assertThrows(
    () => encodeRequest(longest + "9"),
    ProtocolError,
    "the expression takes 65524 bytes, a frame holds 65523: make it shorter",
  );
  assertEquals(error.name, "TooLarge");
});

Deno.test("message: an answer that fills a frame goes through, for a longer one steps can be left out", () => {
  // One byte for the array, two for the result, one for the steps, three for the step.
  const longest = { result: "9", steps: ["9".repeat(65_523 - 7)] };
  const response = encodeSuccess(longest);
  assertEquals(response.bytes.length, 65_535);
  assertEquals(decodeResponse(response), longest);

  const error = assertThrows(
    () => encodeSuccess({ ...longest, result: "99" }),
    ProtocolError,
    "the answer takes 65524 bytes, a frame holds 65523: ask without steps",
  );
  assertEquals(error.name, "TooLarge");
});
