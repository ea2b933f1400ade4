/**
 * Sets what a browser must not do with a page: run scripts without the nonce, load anything from elsewhere, send
 * forms elsewhere, show the page in another one's frame, guess types, tell other sites the address, keep a copy.
 *
 * @param nonce of the scripts in the page
 * @param development whether Vite serves the page: it puts styles into it and listens for changes
 */
export function setDocumentSecurity(headers: Headers, nonce: string, development: boolean): void {
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self'${development ? " 'unsafe-inline'" : ""}`,
    // Widths of bars and the like; no text of a user is ever in one.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    `connect-src 'self'${development ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  headers.set("Content-Security-Policy", policy.join("; "));
  setDataSecurity(headers);
}

/** The same for what is not a page: the data that a script of a page loads. */
export function setDataSecurity(headers: Headers): void {
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  // What one member saw must not be shown to the next one at the same screen.
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "private, no-store");
}
