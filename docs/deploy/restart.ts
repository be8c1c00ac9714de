/**
 * Restarts a role behind HAProxy: drains it, runs the command that restarts it, and
 * makes it ready again once it answers.
 *
 * ```sh
 * deno run -N -R -W -E=HAPROXY_SOCKET --allow-run=systemctl \
 *   docs/deploy/restart.ts servers/s1 systemctl restart calc-server@9001
 * ```
 *
 * HAPROXY_SOCKET is the socket of HAProxy, by default /run/haproxy/admin.sock.
 *
 * @module
 */

/** How long to wait for connections that are still open, in seconds. */
const DRAINING = 70;

/** How long the role may take to answer after its restart, in seconds. */
const STARTING = 60;

const socket = Deno.env.get("HAPROXY_SOCKET") ?? "/run/haproxy/admin.sock";
const [role = "", program, ...args] = Deno.args;
const [backend, name] = role.split("/");
if (!name || !program) {
  console.error("Usage: restart.ts BACKEND/SERVER COMMAND [ARGUMENT …]");
  Deno.exit(2);
}

try {
  const all = await servers();
  if (!all.some(({ svname }) => svname === name)) {
    throw new Error("HAProxy knows no such server");
  }
  const others = all.filter(({ svname }) => svname !== name);
  if (!others.some(({ status }) => status?.startsWith("UP"))) {
    throw new Error(`nothing else in "${backend}" is up`);
  }
  await command(`set server ${role} state drain`);
  const isDrained = await until(DRAINING, ({ scur }) => scur === "0");
  if (!isDrained) console.log(`${role} still has clients: restarting anyway`);
  await restart(program, args);
  // The last checks were answered by the old process.
  await command(`set server ${role} health down`);
  if (!await until(STARTING, ({ status }) => status === "DRAIN")) {
    throw new Error("it does not answer, and gets no clients");
  }
  await command(`set server ${role} state ready`);
} catch (error) {
  const reason = error instanceof Error ? error.message : error;
  console.error(`Cannot restart ${role}: ${reason}`);
  Deno.exit(1);
}

/** A row of `show stat`, by the names of its columns. */
type Row = Readonly<Record<string, string>>;

/** The servers of the backend. */
async function servers(): Promise<Row[]> {
  const [head = "", ...lines] = (await ask("show stat")).split("\n");
  const columns = head.replace("# ", "").split(",");
  return lines
    .map((line) => {
      const values = line.split(",");
      return Object.fromEntries(
        columns.map((key, i) => [key, values[i] ?? ""]),
      );
    })
    .filter(({ pxname, type }) => pxname === backend && type === "2");
}

/** Waits until something is true of the role. */
async function until(
  seconds: number,
  isTrue: (row: Row) => boolean,
): Promise<boolean> {
  for (let left = 10 * seconds; left > 0; left--) {
    const row = (await servers()).find(({ svname }) => svname === name);
    if (row && isTrue(row)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

async function restart(program: string, args: string[]): Promise<void> {
  const { success } = await new Deno.Command(program, { args }).spawn().status;
  if (!success) throw new Error(`${program} failed: it gets no clients`);
}

/** Sends a command that has no answer unless it fails. */
async function command(text: string): Promise<void> {
  const answer = await ask(text);
  if (answer !== "") throw new Error(answer);
}

/** Sends a command to HAProxy and reads its answer. */
async function ask(text: string): Promise<string> {
  const conn = await Deno.connect({ transport: "unix", path: socket })
    .catch((error) => {
      throw new Error(`no answer from HAProxy on ${socket}: ${error.message}`);
    });
  const writer = conn.writable.getWriter();
  await writer.write(new TextEncoder().encode(`${text}\n`));
  writer.releaseLock();
  return (await new Response(conn.readable).text()).trim();
}
