import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

const saltBytes = 16;
const keyBytes = 32;
const megabyte = 1024 * 1024;

/** Cost factors as OWASP recommends for scrypt with 16 MiB of memory. */
const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * megabyte };

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, keyBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** Hashes a password with a salt of its own: `scrypt$N$r$p$salt$key`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const key = await derive(password, salt, cost);
  const parts = ["scrypt", cost.N, cost.r, cost.p, salt.toString("base64"), key.toString("base64")];
  return parts.join("$");
}

let unknownPassword: Promise<string> | undefined;

/** Tells whether the password is the hashed one; takes as long when there is none to compare with. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  unknownPassword ??= hashPassword(randomBytes(saltBytes).toString("base64"));
  const [, N, r, p, salt = "", key = ""] = (hash ?? (await unknownPassword)).split("$");
  const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: cost.maxmem };
  const derived = await derive(password, Buffer.from(salt, "base64"), options);
  const expected = Buffer.from(key, "base64");
  return derived.length === expected.length && timingSafeEqual(derived, expected) && hash !== null;
}
