/**
 * Certificates for the tests of TLS, made by openssl.
 *
 * @module
 */

/** Whether openssl is there. */
export async function canCertify(): Promise<boolean> {
  try {
    await openssl(".", "version");
    return true;
  } catch {
    return false;
  }
}

/** An authority, and a server that it vouches for, under `localhost` and `127.0.0.1`. */
export class Certified implements AsyncDisposable {
  /** The names of files. */
  readonly files: {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
  };
  /** What is in them. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.files = {
      ca: `${directory}/ca.pem`,
      cert: `${directory}/cert.pem`,
      key: `${directory}/key.pem`,
    };
    this.ca = Deno.readTextFileSync(this.files.ca);
    this.cert = Deno.readTextFileSync(this.files.cert);
    this.key = Deno.readTextFileSync(this.files.key);
  }

  static async make(): Promise<Certified> {
    const directory = await Deno.makeTempDir();
    const curve = "ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    await openssl(
      directory,
      `req -x509 -newkey ${curve} -keyout ca-key.pem -out ca.pem -days 2 -subj /CN=Authority`,
    );
    await openssl(
      directory,
      `req -newkey ${curve} -keyout key.pem -out request.pem -subj /CN=localhost`,
    );
    await Deno.writeTextFile(
      `${directory}/names`,
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
    );
    await openssl(
      directory,
      "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -out cert.pem -days 2 -extfile names",
    );
    return new Certified(directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

async function openssl(directory: string, args: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args: args.split(" "),
    cwd: directory,
    stdout: "null",
  }).output();
  if (success) return;
  throw new Error(`openssl ${args}\n${new TextDecoder().decode(stderr)}`);
}
