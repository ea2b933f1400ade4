/** What is no whole number on a command line, in words and as it is written. */
export const MALFORMED_NUMBERS: readonly (readonly [name: string, value: string])[] = [
  ["nothing", ""],
  ["a blank", " "],
  ["a negative number", "-1"],
  ["minus zero", "-0"],
  ["a plus", "+5"],
  ["a fraction", "1.5"],
  ["an exponent", "1e3"],
  ["a hexadecimal number", "0x10"],
  ["NaN", "NaN"],
  ["infinity", "Infinity"],
  ["a blank before it", " 5"],
  ["a blank after it", "5 "],
  ["a line end after it", "5\n"],
  ["a fullwidth digit", "５"],
  ["an Arabic digit", "٥"],
  ["a word", "ten"],
  ["a unit", "5s"],
  ["a group of one digit", "1_0"],
  ["SQL", "5; DROP TABLE pages"],
  ["400 digits", "9".repeat(400)],
];

/** What names no PostgreSQL database. */
export const MALFORMED_URLS: readonly (readonly [name: string, value: string])[] = [
  ["nothing", ""],
  ["a blank", " "],
  ["a word", "postgresql"],
  ["a path", "/var/run/postgresql"],
  ["a scheme alone", "postgresql:"],
  ["no slashes", "postgresql:host"],
  ["key and value", "host=localhost dbname=d"],
  ["MySQL", "mysql://host/d"],
  ["HTTP", "http://host/d"],
  ["a file", "file:///etc/passwd"],
  ["JDBC", "jdbc:postgresql://host/d"],
  ["a scheme in capitals", "POSTGRESQL://host/d"],
  ["a blank before it", " postgresql://host/d"],
  ["a blank in the host", "postgresql://ho st/d"],
  ["a port that is a word", "postgresql://host:port/d"],
  ["a port beyond all ports", "postgresql://host:99999/d"],
  ["a user and no host", "postgresql://user@/d"],
  ["SQL", "'; DROP TABLE pages; --"],
];

/** What names a database, and none in particular. */
export const URLS_WITHOUT_HOST: readonly (readonly [name: string, value: string])[] = [
  ["nothing after the slashes", "postgresql://"],
  ["no host", "postgresql:///d"],
  ["an empty host parameter", "postgresql:///d?host="],
  ["a blank in the name", "postgresql://host/d b"],
  ["a line end after it", "postgresql://host/d\n"],
];
