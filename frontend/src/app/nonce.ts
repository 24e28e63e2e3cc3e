/** The nonce that Django puts into the page, for the styles that Mantine makes at run time. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
