-- A Wireshark dissector for the calculator's protocol, version 1, as
-- docs/protocol.md specifies it. For Wireshark and tshark 4.0 or later:
--
--   wireshark -X lua_script:tools/wireshark/calculator.lua docs/captures/proxy.pcap
--   tshark -X lua_script:tools/wireshark/calculator.lua -r docs/captures/proxy.pcap
--
-- To load it at every start, copy it to the personal Lua plugins directory, which
-- Help > About Wireshark > Folders shows.
--
-- The file reads from the bottom of the protocol to its top: text, MessagePack,
-- payloads, the header, frames, connections. Nothing that a peer sends may
-- cause a Lua error: every read is checked against what was captured.

local calculator = Proto("calc", "Calculator")

local HEADER_LENGTH = 12
local MAX_AGE_UNLIMITED = 65535
local CLIENT_ERROR, SERVER_ERROR = 400, 500

----------------------------------------------------------------------------
-- Fields and expert items
----------------------------------------------------------------------------

-- C, S, T and the status share bytes 6 and 7, hence the masks.
local fields = {
  time_stamp = ProtoField.uint32("calc.time_stamp", "Time stamp"),
  length = ProtoField.uint16("calc.length", "Length", base.UNIT_STRING, { " bytes" }),
  cache = ProtoField.bool("calc.cache", "Cache", 16,
    { "caching allowed", "caching not allowed" }, 0x1000),
  steps = ProtoField.bool("calc.steps", "Steps", 16,
    { "with steps", "without steps" }, 0x0800),
  type = ProtoField.uint16("calc.type", "Type", base.DEC,
    { [0] = "response", [1] = "request" }, 0x0400),
  status = ProtoField.uint16("calc.status", "Status", base.DEC, nil, 0x03ff),
  max_age = ProtoField.uint16("calc.max_age", "Max-age", base.UNIT_STRING, { " s" }),
  padding = ProtoField.uint16("calc.padding", "Padding"),
  payload = ProtoField.bytes("calc.payload", "Payload"),
  format = ProtoField.string("calc.format", "Format"),
  expression = ProtoField.string("calc.expression", "Expression"),
  result = ProtoField.string("calc.result", "Result"),
  step = ProtoField.string("calc.step", "Step"),
  error_name = ProtoField.string("calc.error.name", "Error name"),
  error_message = ProtoField.string("calc.error.message", "Error message"),
  error_position = ProtoField.uint64("calc.error.position", "Error position"),
  response_in = ProtoField.framenum("calc.response_in", "Response in",
    base.NONE, frametype.RESPONSE),
  response_to = ProtoField.framenum("calc.response_to", "Response to",
    base.NONE, frametype.REQUEST),
  time = ProtoField.relative_time("calc.time", "Time since request"),
  age = ProtoField.uint32("calc.age", "Age", base.UNIT_STRING, { " s" }),
}
calculator.fields = fields

local function expert_item(name, text, group, severity)
  return ProtoExpert.new("calc.expert." .. name, text, group, severity)
end

-- An error is what makes the receiver refuse the frame or close the connection;
-- a warning is what the sender must not do, though the receiver ignores it.
local experts = {
  length = expert_item("length", "Impossible length",
    expert.group.MALFORMED, expert.severity.ERROR),
  lost = expert_item("lost", "Not a frame: an impossible length came before",
    expert.group.MALFORMED, expert.severity.ERROR),
  cut = expert_item("cut", "The capture holds only a part of this frame",
    expert.group.UNDECODED, expert.severity.WARN),
  reserved = expert_item("reserved", "Reserved bits must be written as 0",
    expert.group.PROTOCOL, expert.severity.WARN),
  padding = expert_item("padding", "Padding must be written as 0",
    expert.group.PROTOCOL, expert.severity.WARN),
  max_age = expert_item("max_age", "Max-age must be 0 where C is 0, and counts as 0",
    expert.group.PROTOCOL, expert.severity.WARN),
  steps = expert_item("steps", "S and the steps in the payload contradict each other",
    expert.group.PROTOCOL, expert.severity.ERROR),
  steps_in_error = expert_item("steps_in_error", "S must be 0 in an error",
    expert.group.PROTOCOL, expert.severity.WARN),
  steps_unrequested = expert_item("steps_unrequested", "Steps that were not requested",
    expert.group.PROTOCOL, expert.severity.WARN),
  status_in_request = expert_item("status_in_request", "The status of a request must be 0",
    expert.group.PROTOCOL, expert.severity.WARN),
  status = expert_item("status", "A response with this status is no answer",
    expert.group.PROTOCOL, expert.severity.ERROR),
  payload = expert_item("payload", "The payload is undecodable",
    expert.group.MALFORMED, expert.severity.ERROR),
  utf8 = expert_item("utf8", "Text that is not UTF-8",
    expert.group.MALFORMED, expert.severity.ERROR),
  shape = expert_item("shape", "The payload has another shape",
    expert.group.MALFORMED, expert.severity.ERROR),
  long_form = expert_item("long_form", "Not in its shortest form",
    expert.group.PROTOCOL, expert.severity.WARN),
  position = expert_item("position", "A position is a non-negative integer",
    expert.group.PROTOCOL, expert.severity.WARN),
  direction = expert_item("direction", "A frame of this type does not belong in this direction",
    expert.group.PROTOCOL, expert.severity.ERROR),
  unasked = expert_item("unasked", "A response to no request that was captured",
    expert.group.SEQUENCE, expert.severity.WARN),
  cached = expert_item("cached", "C must be 0 in this response",
    expert.group.PROTOCOL, expert.severity.WARN),
  other_format = expert_item("other_format", "Not in the format of the request",
    expert.group.PROTOCOL, expert.severity.WARN),
}
calculator.experts = experts

----------------------------------------------------------------------------
-- Text
----------------------------------------------------------------------------

-- The characters beyond ASCII that UTF-8 can write (RFC 3629, section 4).
local UTF8_CHARACTERS = {
  "^[\xc2-\xdf][\x80-\xbf]",
  "^\xe0[\xa0-\xbf][\x80-\xbf]",
  "^[\xe1-\xec\xee\xef][\x80-\xbf][\x80-\xbf]",
  "^\xed[\x80-\x9f][\x80-\xbf]",
  "^\xf0[\x90-\xbf][\x80-\xbf][\x80-\xbf]",
  "^[\xf1-\xf3][\x80-\xbf][\x80-\xbf][\x80-\xbf]",
  "^\xf4[\x80-\x8f][\x80-\xbf][\x80-\xbf]",
}

-- The end of the character at a position, or nil if there is none.
local function character_end(text, at)
  for _, pattern in ipairs(UTF8_CHARACTERS) do
    local _, last = text:find(pattern, at)
    if last then return last end
  end
end

local function is_utf8(text)
  local at = text:find("[\x80-\xff]")
  while at do
    local last = character_end(text, at)
    if not last then return false end
    at = text:find("[\x80-\xff]", last + 1)
  end
  return true
end

local function code_point(character)
  local first, second, third, fourth = character:byte(1, 4)
  if fourth then
    return first % 8 * 0x40000 + second % 64 * 0x1000 + third % 64 * 64 + fourth % 64
  end
  if third then return first % 16 * 0x1000 + second % 64 * 64 + third % 64 end
  return second and first % 32 * 64 + second % 64 or first
end

-- Beyond ASCII: control and format characters, line and paragraph separators.
local UNPRINTABLE = {
  { 0x80, 0x9f }, { 0xad, 0xad }, { 0x600, 0x605 }, { 0x61c, 0x61c }, { 0x6dd, 0x6dd },
  { 0x70f, 0x70f }, { 0x890, 0x891 }, { 0x8e2, 0x8e2 }, { 0x180e, 0x180e },
  { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
  { 0xfff9, 0xfffb }, { 0x110bd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
  { 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
}

local function escape(character)
  local code = code_point(character)
  for _, range in ipairs(UNPRINTABLE) do
    if code >= range[1] and code <= range[2] then
      local form = code > 0xffff and "\\u{%x}" or code > 0xff and "\\u%04x" or "\\x%02x"
      return string.format(form, code)
    end
  end
end

local MAX_SHOWN = 200

-- A text for the info column: no control characters, and not too long.
local function printable(text)
  if #text > MAX_SHOWN then
    text = text:sub(1, MAX_SHOWN):gsub("[\xc2-\xf4]?[\x80-\xbf]*$", "") .. "…"
  end
  text = text:gsub("[\x00-\x1f\x7f]", function(control)
    return string.format("\\x%02x", control:byte())
  end)
  return (text:gsub("[\xc2-\xf4][\x80-\xbf]+", escape))
end

-- Wireshark ends a text at the first NUL, so a picture of it takes its place.
local function without_nul(text)
  return (text:gsub("\0", "␀"))
end

----------------------------------------------------------------------------
-- MessagePack
----------------------------------------------------------------------------

-- How an item is written, by its first byte: what it is (`kind`), how many bytes
-- of its size follow (`size_bytes`), how many bytes come then whatever the size
-- (`fixed`), or the size that the first byte itself holds (`size`).
local FORMATS = {}

local function define(kind, first, last, size_bytes, fixed)
  for byte = first, last do
    FORMATS[byte] = { kind = kind, size = 0, size_bytes = size_bytes, fixed = fixed }
  end
end

local function sized_by_first_byte(kind, first, last)
  for byte = first, last do
    FORMATS[byte] = { kind = kind, size = byte - first, size_bytes = 0, fixed = 0 }
  end
end

define("an integer", 0x00, 0x7f, 0, 0)
sized_by_first_byte("a map", 0x80, 0x8f)
sized_by_first_byte("an array", 0x90, 0x9f)
sized_by_first_byte("a string", 0xa0, 0xbf)
define("nil", 0xc0, 0xc0, 0, 0) -- 0xc1 is never used
define("a boolean", 0xc2, 0xc3, 0, 0)
define("a float", 0xca, 0xca, 0, 4)
define("a float", 0xcb, 0xcb, 0, 8)
define("an integer", 0xe0, 0xff, 0, 0)
for power = 0, 3 do -- 1, 2, 4 and 8 bytes
  local bytes = 2 ^ power
  define("an integer", 0xcc + power, 0xcc + power, 0, bytes) -- unsigned
  define("an integer", 0xd0 + power, 0xd0 + power, 0, bytes) -- signed
  define("an extension", 0xd4 + power, 0xd4 + power, 0, 1 + bytes)
end
define("an extension", 0xd8, 0xd8, 0, 1 + 16)
for power = 0, 2 do -- 1, 2 and 4 bytes
  local bytes = 2 ^ power
  define("binary data", 0xc4 + power, 0xc4 + power, bytes, 0)
  define("an extension", 0xc7 + power, 0xc7 + power, bytes, 1)
  define("a string", 0xd9 + power, 0xd9 + power, bytes, 0)
end
for power = 1, 2 do -- 2 and 4 bytes
  local bytes = 2 ^ power
  define("an array", 0xdb + power, 0xdb + power, bytes, 0)
  define("a map", 0xdd + power, 0xdd + power, bytes, 0)
end

-- The smallest number that needs this form: shorter forms hold those below.
local LEAST = {
  [0xcc] = 0x80, [0xcd] = 0x100, [0xce] = 0x10000, [0xcf] = 0x100000000, -- integers
  [0xd9] = 32, [0xda] = 0x100, [0xdb] = 0x10000, -- strings
  [0xdc] = 16, [0xdd] = 0x10000, -- arrays
  [0xde] = 16, [0xdf] = 0x10000, -- maps
}

local function unsigned(bytes, at, size)
  local value = 0
  for index = at, at + size - 1 do value = 256 * value + bytes:byte(index) end
  return value
end

-- The value of an integer. Beyond 53 bits it is not exact.
local function integer(bytes, item)
  local first = bytes:byte(item.at + 1)
  if first < 0x80 then return first end
  if first >= 0xe0 then return first - 0x100 end
  local size = item.stop - item.at - 1
  local value = unsigned(bytes, item.at + 2, size)
  local is_negative = first >= 0xd0 and value >= 256 ^ size / 2
  return is_negative and value - 256 ^ size or value
end

local function is_long_form(bytes, item)
  local first = bytes:byte(item.at + 1)
  local least = LEAST[first]
  if not least then return false end
  return (item.kind == "an integer" and integer(bytes, item) or item.size) < least
end

-- Reads a payload that is to hold one MessagePack value: a list of its items, of
-- which arrays and maps are headers, followed by what they hold. Each has its
-- kind, the offsets where it starts (`at`) and ends (`stop`), the number of arrays
-- and maps around it (`depth`), its size as its header counts it, and its text if
-- it is a string. In case of failure: nil, and the expert item that says why.
-- Time and memory grow with the payload, whatever sizes and depths it claims.
local function read_items(bytes)
  local items = {}
  local pending = { 1 } -- items to come, in each array or map that is not complete
  local total = 1
  local at = 0
  while total > 0 do
    -- Every item takes at least one byte: a claim of more items is false.
    if total > #bytes - at then return nil, experts.payload end
    local format = FORMATS[bytes:byte(at + 1)]
    if not format then return nil, experts.payload end
    local body = at + 1 + format.size_bytes
    if body > #bytes then return nil, experts.payload end
    local kind = format.kind
    local size = format.size + unsigned(bytes, at + 2, format.size_bytes)
    local held = kind == "an array" and size or kind == "a map" and 2 * size or 0
    local stop = body + format.fixed + (held > 0 and 0 or size)
    if stop > #bytes then return nil, experts.payload end
    local text = kind == "a string" and bytes:sub(body + 1, stop) or nil
    if text and not is_utf8(text) then return nil, experts.utf8 end
    items[#items + 1] =
      { kind = kind, at = at, stop = stop, depth = #pending - 1, size = size, text = text }
    at = stop
    total = total + held - 1
    pending[#pending] = pending[#pending] - 1
    if held > 0 then pending[#pending + 1] = held end
    while #pending > 0 and pending[#pending] == 0 do pending[#pending] = nil end
  end
  if at < #bytes then return nil, experts.payload end
  return items
end

----------------------------------------------------------------------------
-- Payloads
----------------------------------------------------------------------------

-- The first byte of a pickle.
local PICKLE = 0x80

-- Each function below shows the payload of a kind of frame. `payload` has the
-- `bytes`, the `items` in them, the `range` of the packet and the `tree` to add
-- to. It returns what the frame says, or nothing if the shape is another.

local function add_text(payload, field, item)
  local range = payload.range(item.at, item.stop - item.at)
  return payload.tree:add(field, range, without_nul(item.text))
end

local function show_request(payload)
  local expression = payload.items[1]
  if expression.kind ~= "a string" then return nil end
  add_text(payload, fields.expression, expression)
  return { says = " " .. printable(expression.text), expression = expression.text }
end

local function show_success(payload)
  local whole, result, list = payload.items[1], payload.items[2], payload.items[3]
  if whole.kind ~= "an array" or whole.size ~= 2 then return nil end
  if result.kind ~= "a string" or list.kind ~= "an array" then return nil end
  for index = 4, #payload.items do
    if payload.items[index].kind ~= "a string" then return nil end
  end
  add_text(payload, fields.result, result)
  for index = 4, #payload.items do add_text(payload, fields.step, payload.items[index]) end
  return { says = " = " .. printable(result.text), step_count = list.size }
end

-- The values of a map by its keys, as far as these are strings. Of entries with
-- the same key, the last one counts.
local function entries_of(items)
  local entries, key = {}, nil
  local is_key = true
  for _, item in ipairs(items) do
    if item.depth == 1 then
      if is_key then
        key = item.text
      elseif key then
        entries[key] = item
      end
      is_key = not is_key
    end
  end
  return entries
end

local MAX_POSITION = 2 ^ 53 - 1

local function show_position(payload, item)
  local position = item.kind == "an integer" and integer(payload.bytes, item) or -1
  local range = payload.range(item.at, item.stop - item.at)
  if position < 0 or position > MAX_POSITION then
    payload.tree:add(range, "Error position: none"):add_proto_expert_info(experts.position)
    return
  end
  local low = position % 2 ^ 32
  payload.tree:add(fields.error_position, range, UInt64.new(low, (position - low) / 2 ^ 32))
end

local function show_error(payload)
  if payload.items[1].kind ~= "a map" then return nil end
  local entries = entries_of(payload.items)
  local name, message, position = entries.name, entries.message, entries.position
  if not (name and name.text and message and message.text) then return nil end
  add_text(payload, fields.error_name, name)
  add_text(payload, fields.error_message, message)
  if position then show_position(payload, position) end
  local says = " " .. printable(name.text) .. ": " .. printable(message.text)
  return { says = says, error_name = name.text }
end

local function kind_of(header)
  if header.is_request then
    return { show = show_request, expected = "an expression, a string" }
  elseif header.status == 200 then
    return { show = show_success, expected = "[result, [step, …]], all strings" }
  elseif header.status >= 400 and header.status <= 599 then
    return { show = show_error, expected = "{name, message}, both strings" }
  end
end

local function show_message_pack(payload, kind, item)
  local items, failure = read_items(payload.bytes)
  if not items then
    item:add_proto_expert_info(failure)
    return { says = " (undecodable payload)", is_invalid = true }
  end
  payload.items = items
  for _, each in ipairs(items) do
    if is_long_form(payload.bytes, each) then
      item:add_proto_expert_info(experts.long_form)
      break
    end
  end
  if not kind then return { says = "" } end
  local content = kind.show(payload)
  if content then return content end
  item:add_proto_expert_info(experts.shape,
    "The payload must be " .. kind.expected .. ": found " .. items[1].kind)
  return { says = " (payload of another shape)", is_invalid = true }
end

-- Shows the payload of a frame: what it says, and in which format.
local function show_payload(range, bytes, tree, header)
  local kind = kind_of(header)
  if #bytes == 0 then
    tree:add_proto_expert_info(experts.payload, "The payload is empty")
    return { says = " (no payload)", is_invalid = true }
  end
  local item = tree:add(fields.payload, range)
  item:append_text(string.format(" (%d bytes)", #bytes))
  local first = range(0, 1)
  if bytes:byte(1) == PICKLE then
    tree:add(fields.format, first, "pickle"):append_text(", not decoded here")
    return { says = string.format(" (pickle, %d bytes)", #bytes), format = "pickle" }
  end
  tree:add(fields.format, first, "MessagePack")
  local payload = { bytes = bytes, range = range, tree = tree }
  local content = show_message_pack(payload, kind, item)
  content.format = "MessagePack"
  return content
end

----------------------------------------------------------------------------
-- The header
----------------------------------------------------------------------------

local function read_header(tvb)
  return {
    time_stamp = tvb(0, 4):uint(),
    length = tvb(4, 2):uint(),
    reserved = tvb(6, 1):bitfield(0, 3),
    cache = tvb(6, 1):bitfield(3, 1) == 1,
    steps = tvb(6, 1):bitfield(4, 1) == 1,
    is_request = tvb(6, 1):bitfield(5, 1) == 1,
    status = tvb(6, 2):bitfield(6, 10),
    max_age = tvb(8, 2):uint(),
    padding = tvb(10, 2):uint(),
  }
end

-- How the receiver interprets a status.
local function meaning_of(header)
  if header.is_request then return header.status == 0 and "none, as in any request" or "ignored" end
  if header.status == 200 then return "success" end
  if header.status >= 400 and header.status <= 499 then return "client error" end
  if header.status >= 500 and header.status <= 599 then return "server error" end
  return "no answer"
end

local function show_header(tvb, tree, header)
  tree:add(fields.time_stamp, tvb(0, 4))
    :append_text(os.date("! (%Y-%m-%dT%H:%M:%SZ)", header.time_stamp))
  tree:add(fields.length, tvb(4, 2))
  local reserved = tree:add(tvb(6, 1), string.format("Reserved bits: %d", header.reserved))
  tree:add(fields.cache, tvb(6, 2))
  local steps = tree:add(fields.steps, tvb(6, 2))
  tree:add(fields.type, tvb(6, 2))
  local status = tree:add(fields.status, tvb(6, 2))
  status:append_text(" (" .. meaning_of(header) .. ")")
  local max_age = tree:add(fields.max_age, tvb(8, 2))
  if not header.cache then
    max_age:append_text(" (C is 0)")
  elseif header.max_age == MAX_AGE_UNLIMITED then
    max_age:append_text(" (no limit)")
  end
  local padding = tree:add(fields.padding, tvb(10, 2))

  local is_error = not header.is_request and header.status >= CLIENT_ERROR
  if header.reserved ~= 0 then reserved:add_proto_expert_info(experts.reserved) end
  if header.padding ~= 0 then padding:add_proto_expert_info(experts.padding) end
  if not header.cache and header.max_age ~= 0 then
    max_age:add_proto_expert_info(experts.max_age)
  end
  if is_error and header.steps then steps:add_proto_expert_info(experts.steps_in_error) end
  if header.is_request and header.status ~= 0 then
    status:add_proto_expert_info(experts.status_in_request)
  elseif not header.is_request and not kind_of(header) then
    status:add_proto_expert_info(experts.status)
  end
end

----------------------------------------------------------------------------
-- Connections
----------------------------------------------------------------------------

-- The connections, by their pair of ports. Each knows its ends, the packet that it
-- begins in, the port of its server, the frames seen, and the requests that wait
-- for their responses.
local connections = {}

function calculator.init()
  connections = {}
end

-- Whether a port is in the preference, such as "9998,9999" or "9000-9999".
local function is_calculator_port(port)
  for first, last in calculator.prefs.ports:gmatch("(%d+)%-?(%d*)") do
    if port >= tonumber(first) and port <= (tonumber(last) or tonumber(first)) then
      return true
    end
  end
  return false
end

-- On other ports ("Decode As"), the first frame tells: a request goes to the server.
local function server_port(tvb, pinfo)
  if is_calculator_port(pinfo.dst_port) then return pinfo.dst_port end
  if is_calculator_port(pinfo.src_port) then return pinfo.src_port end
  local is_request = tvb:len() > 6 and tvb(6, 1):bitfield(5, 1) == 1
  return is_request and pinfo.dst_port or pinfo.src_port
end

-- Whether a packet is between the ends of a connection. Addresses are not compared
-- as text, which changes while Wireshark looks up names.
local function is_between(connection, pinfo)
  local here, there = connection.here, connection.there
  return pinfo.src_port == here.port and pinfo.src == here.address and pinfo.dst == there.address
    or pinfo.src_port == there.port and pinfo.src == there.address and pinfo.dst == here.address
end

local tcp_stream = Field.new("tcp.stream")

-- The connection that a packet belongs to. A reused pair of ends is told from
-- the earlier one by the stream number, if Wireshark has it: not in its first pass
-- over a file without a filter, which makes no tree.
local function connection_of(tvb, pinfo)
  local ports = math.min(pinfo.src_port, pinfo.dst_port) .. " "
    .. math.max(pinfo.src_port, pinfo.dst_port)
  local known = connections[ports] or {}
  connections[ports] = known
  local stream = tcp_stream() and tcp_stream().value
  for index = #known, 1, -1 do
    local connection = known[index]
    local is_other = not pinfo.visited and stream ~= connection.stream
    if connection.first_packet <= pinfo.number and not is_other
      and is_between(connection, pinfo) then
      return connection
    end
  end
  local connection = {
    here = { address = pinfo.src, port = pinfo.src_port },
    there = { address = pinfo.dst, port = pinfo.dst_port },
    first_packet = pinfo.number,
    stream = stream,
    server_port = server_port(tvb, pinfo),
    frames = {},
    waiting = {},
    lost_in = {},
  }
  table.insert(known, connection)
  return connection
end

-- Which frame of its packet this is, from 1 on. Wireshark dissects a packet again
-- whenever it is shown, and forgets what is in `pinfo.private` each time.
local function count_frame(pinfo)
  local index = tonumber(pinfo.private.calc_frames or 0) + 1
  pinfo.private.calc_frames = tostring(index)
  return index
end

-- Remembers a frame, and links requests and responses, which come in the same
-- order: the first time that a packet is dissected. Later it finds them again.
local function remember(connection, pinfo, index, header, content)
  local key = pinfo.number .. ":" .. index
  local frame = connection.frames[key]
  if frame then return frame end
  frame = { number = pinfo.number, time = pinfo.rel_ts, header = header, content = content }
  frame.goes_to_server = pinfo.dst_port == connection.server_port
  if frame.goes_to_server then
    table.insert(connection.waiting, frame)
  else
    frame.request = table.remove(connection.waiting, 1)
    if frame.request then frame.request.response = frame end
  end
  connection.frames[key] = frame
  return frame
end

local function show_link(tree, frame)
  local request, response = frame.request, frame.response
  if request then
    local elapsed = frame.time - request.time
    local seconds = math.floor(elapsed)
    local nanoseconds = math.floor((elapsed - seconds) * 1e9 + 0.5)
    tree:add(fields.response_to, request.number):set_generated()
    tree:add(fields.time, NSTime.new(seconds, nanoseconds)):set_generated()
  elseif response then
    tree:add(fields.response_in, response.number):set_generated()
  end
end

-- Errors that a server may send without having read a request.
local UNASKED = { Busy = true, ProtocolError = true }

local function calls_rand(expression)
  return expression ~= nil and expression:lower():find("%f[%w_]rand%s*%(") ~= nil
end

-- What the protocol demands of any response, beyond its header.
local function check_response(tree, header, content)
  local count = content.step_count
  if count and header.steps ~= (count > 0) then
    tree:add_proto_expert_info(experts.steps,
      string.format("S is %d, the payload has %d steps", header.steps and 1 or 0, count))
  end
  if header.cache and header.status >= SERVER_ERROR then
    tree:add_proto_expert_info(experts.cached, "C must be 0 in a server error")
  end
end

-- What it demands of a response in view of its request, if there is one.
local function check_answer(tree, header, content, request)
  local may_come_unasked = UNASKED[content.error_name]
  if not request then
    if not may_come_unasked then tree:add_proto_expert_info(experts.unasked) end
    return
  end
  if content.step_count and header.steps and not request.header.steps then
    tree:add_proto_expert_info(experts.steps_unrequested)
  end
  if header.cache and request.content.is_invalid then
    tree:add_proto_expert_info(experts.cached, "C must be 0, as the request is undecodable")
  elseif header.cache and calls_rand(request.content.expression) then
    tree:add_proto_expert_info(experts.cached, "C must be 0, as the expression calls rand")
  end
  local format, requested = content.format, request.content.format
  if format and requested and format ~= requested and not may_come_unasked then
    tree:add_proto_expert_info(experts.other_format)
  end
end

----------------------------------------------------------------------------
-- Frames
----------------------------------------------------------------------------

local function show_in_columns(pinfo, index, text)
  pinfo.cols.protocol = "CALC"
  if index == 1 then
    pinfo.cols.info:set(text)
  else
    pinfo.cols.info:append("; " .. text)
  end
end

-- In whole seconds, as caches count it, by the clock of the capturing machine.
local function age_of(header, pinfo)
  return math.max(math.floor(pinfo.abs_ts) - header.time_stamp, 0)
end

-- A header and as much of its payload as there is: what it says, in words.
local function show_frame(tvb, pinfo, tree, header)
  show_header(tvb, tree, header)
  if tvb:len() < header.length then
    tree:add_proto_expert_info(experts.cut)
    return { says = " (cut in the capture)" }
  end
  if header.length == HEADER_LENGTH then
    tree:add_proto_expert_info(experts.payload, "The payload is empty")
    return { says = " (no payload)", is_invalid = true }
  end
  return show_payload(tvb(HEADER_LENGTH), tvb:raw(HEADER_LENGTH), tree, header)
end

local function dissect_frame(tvb, pinfo, parent)
  local tree = parent:add(calculator, tvb())
  local index = count_frame(pinfo)
  local connection = connection_of(tvb, pinfo)
  if tvb:len() < HEADER_LENGTH then
    tree:add_proto_expert_info(experts.cut)
    show_in_columns(pinfo, index, "Header cut in the capture")
    return tvb:len()
  end
  local header = read_header(tvb)
  if header.length < HEADER_LENGTH then
    tree:add(fields.length, tvb(4, 2)):add_proto_expert_info(experts.length,
      string.format("A frame has %d bytes at least: where the next begins is unknown",
        HEADER_LENGTH))
    show_in_columns(pinfo, index, string.format("Impossible length %d", header.length))
    local frame = remember(connection, pinfo, index, header, { says = "" })
    local source = pinfo.src_port
    connection.lost_in[source] = connection.lost_in[source] or pinfo.number
    show_link(tree, frame)
    return tvb:len()
  end

  local content = show_frame(tvb, pinfo, tree, header)
  local frame = remember(connection, pinfo, index, header, content)
  if header.is_request ~= frame.goes_to_server then
    tree:add_proto_expert_info(experts.direction, header.is_request
      and "A request where a response belongs" or "A response where a request belongs")
  elseif not header.is_request then
    check_answer(tree, header, content, frame.request)
  end
  if not header.is_request then check_response(tree, header, content) end
  show_link(tree, frame)

  local text = "Request" .. content.says
  if not header.is_request then
    local age = age_of(header, pinfo)
    tree:add(fields.age, age):set_generated()
    text = string.format("Response %d%s", header.status, content.says)
    if age > 0 then text = string.format("%s, %d s old", text, age) end
  end
  tree:append_text(", " .. text)
  show_in_columns(pinfo, index, text)
  return tvb:len()
end

-- The length of the frame at an offset. Where it is impossible, the rest of the
-- bytes count as one frame.
local function frame_length(tvb, _, offset)
  local rest = tvb:reported_length_remaining(offset)
  if tvb:len() < offset + 6 then return rest end
  local length = tvb(offset + 4, 2):uint()
  return length < HEADER_LENGTH and rest or length
end

-- Whether bytes are TLS records: their type is one of 20 to 23, their version
-- 3.0 to 3.4. A frame that begins so was made in 1980 or 1981.
local function is_tls(tvb)
  if tvb:len() < 3 then return false end
  local type, major, minor = tvb(0, 1):uint(), tvb(1, 1):uint(), tvb(2, 1):uint()
  return type >= 20 and type <= 23 and major == 3 and minor <= 4
end

function calculator.dissector(tvb, pinfo, tree)
  -- Not ours: Wireshark's TLS dissector recognizes it, and returns here with what
  -- it has decrypted.
  if is_tls(tvb) then return 0 end
  local lost_in = connection_of(tvb, pinfo).lost_in[pinfo.src_port]
  if lost_in and lost_in < pinfo.number then
    tree:add(calculator, tvb()):add_proto_expert_info(experts.lost)
    show_in_columns(pinfo, 1, "Not a frame")
    return tvb:len()
  end
  dissect_tcp_pdus(tvb, tree, HEADER_LENGTH, frame_length, dissect_frame)
  return tvb:len()
end

----------------------------------------------------------------------------
-- Preferences
----------------------------------------------------------------------------

calculator.prefs.ports = Pref.range("Ports", "9998,9999",
  "TCP ports of proxies and servers, with and without TLS", 65535)

local registered

local function register()
  for _, name in ipairs({ "tcp.port", "tls.port" }) do
    local ports = DissectorTable.get(name)
    if registered then ports:remove(registered, calculator) end
    ports:add(calculator.prefs.ports, calculator)
  end
  registered = calculator.prefs.ports
end

calculator.prefs_changed = register
register()

-- Without this, Wireshark leaves out segments that arrive out of order. A user
-- who wants that may still say `-o tcp.reassemble_out_of_order:FALSE`.
set_preference("tcp.reassemble_out_of_order", true)
