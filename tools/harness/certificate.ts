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

/** A certificate and its private key, as PEM and as files. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  readonly files: { readonly cert: string; readonly key: string };
}

/** The contents of a certificate. By default, it is valid for a day, for any purpose. */
export interface CertificateOptions {
  /** Its subject, in the notation of openssl: `/CN=alice`. */
  readonly subject?: string;
  /** Its extensions, as lines of an openssl configuration. */
  readonly extensions?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** A day in milliseconds. */
const DAY = 86_400_000;

/** Extensions of certificates. */
export const CLIENTS_ONLY = "extendedKeyUsage = clientAuth";
export const SERVERS_ONLY = "extendedKeyUsage = serverAuth";
const AUTHORITY = "basicConstraints = critical,CA:TRUE";
const LOCALHOST = "subjectAltName = DNS:localhost,IP:127.0.0.1";

/** A certificate authority. */
export class Authority implements AsyncDisposable {
  /** Its own certificate. */
  readonly ca: string;
  readonly #directory: string;
  readonly #name: string;

  private constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#name = name;
    this.ca = Deno.readTextFileSync(this.caFile);
  }

  /** The file with its own certificate. */
  get caFile(): string {
    return `${this.#directory}/${this.#name}.pem`;
  }

  /** Creates a self-signed authority. */
  static async make(): Promise<Authority> {
    const directory = await Deno.makeTempDir();
    await openssl(
      directory,
      `req -x509 -newkey ${CURVE} -keyout ca-key.pem -out ca.pem -days 2 -subj /CN=Authority`,
    );
    await Deno.writeTextFile(`${directory}/index`, "");
    await Deno.writeTextFile(`${directory}/index.attr`, "unique_subject = no");
    await Deno.writeTextFile(`${directory}/serial`, "01");
    return new Authority(directory, "ca");
  }

  /** Issues a certificate. */
  async issue(
    name: string,
    {
      subject = `/CN=${name}`,
      extensions = "basicConstraints = CA:FALSE",
      from = new Date(Date.now() - DAY),
      to = new Date(Date.now() + DAY),
    }: CertificateOptions = {},
  ): Promise<KeyPair> {
    const directory = this.#directory;
    await openssl(
      directory,
      `req -newkey ${CURVE} -keyout ${name}-key.pem -out request.pem -subj ${subject}`,
    );
    await Deno.writeTextFile(`${directory}/config`, CONFIG + extensions);
    await openssl(
      directory,
      `ca -batch -notext -config config -cert ${this.#name}.pem -keyfile ${this.#name}-key.pem ` +
        `-in request.pem -out ${name}.pem -startdate ${asn1(from)} -enddate ${
          asn1(to)
        }`,
    );
    return await this.#read(name);
  }

  /** Its own certificate and key. */
  async own(): Promise<KeyPair> {
    return await this.#read(this.#name);
  }

  async #read(name: string): Promise<KeyPair> {
    const files = {
      cert: `${this.#directory}/${name}.pem`,
      key: `${this.#directory}/${name}-key.pem`,
    };
    return {
      cert: await Deno.readTextFile(files.cert),
      key: await Deno.readTextFile(files.key),
      files,
    };
  }

  /** Issues the certificate of an intermediate authority, in the same directory. */
  async issueAuthority(name: string): Promise<Authority> {
    await this.issue(name, { extensions: AUTHORITY });
    return new Authority(this.#directory, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
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
  readonly authority: Authority;

  private constructor(authority: Authority, { cert, key, files }: KeyPair) {
    this.authority = authority;
    this.ca = authority.ca;
    this.cert = cert;
    this.key = key;
    this.files = { ca: authority.caFile, ...files };
  }

  /**
   * Makes both.
   *
   * @param from The start of the validity of the server certificate.
   * @param to The end of the validity.
   */
  static async make(from?: Date, to?: Date): Promise<Certified> {
    const authority = await Authority.make();
    const pair = await authority.issue("localhost", {
      extensions: LOCALHOST,
      ...(from && { from }),
      ...(to && { to }),
    });
    return new Certified(authority, pair);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.authority[Symbol.asyncDispose]();
  }
}

/** A new key on an elliptic curve, which is faster to create than one for RSA. */
const CURVE = "ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

/** The configuration of an authority, up to the extensions of a certificate. */
const CONFIG = `[ca]
default_ca = authority
[authority]
database = index
new_certs_dir = .
serial = serial
default_md = sha256
policy = subject
x509_extensions = extensions
[subject]
commonName = optional
organizationName = optional
[extensions]
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
