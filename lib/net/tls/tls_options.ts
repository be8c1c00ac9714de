/**
 * TLS options for either end of a connection, named as in `Deno.listenTls` and
 * `Deno.connectTls`.
 */
export interface TlsOptions {
  /**
   * The certificate in PEM, followed by its chain. Required for a server; a client
   * needs it if the server requires client certificates.
   */
  readonly cert?: string | undefined;
  /** The private key of the certificate, in PEM. */
  readonly key?: string | undefined;
  /**
   * The certificate authorities to trust, in PEM. By default, a client trusts the
   * well-known ones. A server that has authorities serves only clients with a
   * certificate that one of them has issued, that is valid now and is meant for
   * clients; by default, it asks for no certificate.
   */
  readonly caCerts?: readonly string[] | undefined;
  /**
   * For a client: the host name that the server's certificate must be valid for.
   * Defaults to the one that it connects to.
   */
  readonly hostname?: string | undefined;
}
