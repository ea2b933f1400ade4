/** An error that Prisma's CLI shows as it is, with its code where it has one (https://pris.ly/d/error-reference). */
export class KnownError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
