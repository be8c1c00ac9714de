/**
 * Certificates for the TLS tests, generated with openssl.
 *
 * @module
 */

/** Whether openssl is installed. */
export async function canCertify(): Promise<boolean> {
  try {
    await openssl(".", "version");
    return true;
  } catch {
    return false;
  }
}

/** A certificate authority, and a server certificate for `localhost` and `127.0.0.1`. */
export class Certified implements AsyncDisposable {
  /** The names of the files. */
  readonly files: {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
  };
  /** The contents of the files. */
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

  /**
   * Generates both.
   *
   * @param from The start of the validity of the server certificate.
   * @param to The end of the validity.
   */
  static async make(
    from: Date = new Date(Date.now() - DAY),
    to: Date = new Date(Date.now() + DAY),
  ): Promise<Certified> {
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
    const write = (name: string, text: string) =>
      Deno.writeTextFile(`${directory}/${name}`, text);
    await write("index", "");
    await write("serial", "01");
    await write("authority", AUTHORITY);
    await openssl(
      directory,
      "ca -batch -notext -config authority -cert ca.pem -keyfile ca-key.pem " +
        `-in request.pem -out cert.pem -startdate ${asn1(from)} -enddate ${
          asn1(to)
        }`,
    );
    return new Certified(directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** A day in milliseconds. */
const DAY = 86_400_000;

/** The configuration of the authority. */
const AUTHORITY = `[ca]
default_ca = authority
[authority]
database = index
new_certs_dir = .
serial = serial
default_md = sha256
policy = subject
x509_extensions = names
[subject]
commonName = supplied
[names]
subjectAltName = DNS:localhost,IP:127.0.0.1
`;

/** A time in the format of openssl, such as 20260131235959Z. */
function asn1(date: Date): string {
  return date.toISOString().replace(/\.\d+|[-:T]/g, "");
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
