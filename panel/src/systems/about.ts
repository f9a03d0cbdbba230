const CONNECTIONS: Readonly<Record<string, string>> = {
  http: "HTTP API",
  soap: "SOAP",
  smtp: "E-mail (SMTP)",
  ftp: "FTP and FTPS",
  sftp: "SFTP",
};

/** What a system speaks, in words. */
export function connectionName(kind: string): string {
  return CONNECTIONS[kind] ?? kind;
}

/** The page of a system's guide. */
export function guideOf(systemId: string): string {
  return `/settings/integrations/${systemId}`;
}
